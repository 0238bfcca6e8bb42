# SPDX-License-Identifier: Apache-2.0
"""Persons, their coverage (参保) and their personal data, encrypted where not needed to compute."""
