# SPDX-License-Identifier: Apache-2.0
"""Pure calculation on integers: fen, basis points, plain numbers. Imports nothing of ours."""
