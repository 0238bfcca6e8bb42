# SPDX-License-Identifier: Apache-2.0
"""Gongji 共济: family mutual aid of the employees' medical-insurance personal account.

The rooms and what may import what are described in docs/architecture.md.
"""

__version__ = "0.1.0"
