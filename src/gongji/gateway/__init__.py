# SPDX-License-Identifier: Apache-2.0
"""The machines' door: the national interface (FSI). Holds no rules."""
