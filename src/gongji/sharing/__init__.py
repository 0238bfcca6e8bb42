# SPDX-License-Identifier: Apache-2.0
"""Authorisations (共济授权): who may pay for whom, in which order, within which limits."""
