# SPDX-License-Identifier: Apache-2.0
"""Institutions, catalogue, visits and fee lines."""
