# SPDX-License-Identifier: Apache-2.0
"""The engine: trials, settlements, reversals and undos in group-committed batches; records."""
