# SPDX-License-Identifier: Apache-2.0
"""Answers for people: what would we pay, may I, which premium, when am I covered, and why."""
