# SPDX-License-Identifier: Apache-2.0
"""The benchmark: population, drivers (in process and over HTTP), pgbench, figures, report."""
