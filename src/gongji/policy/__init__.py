# SPDX-License-Identifier: Apache-2.0
"""Policy packs: dated, sourced values of the law, and their compilation to kernel rules."""
