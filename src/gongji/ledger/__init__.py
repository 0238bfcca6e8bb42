# SPDX-License-Identifier: Apache-2.0
"""Accounts, entries, postings, seals and the audit: the only writer of money."""
