# SPDX-License-Identifier: Apache-2.0
"""Settings, embedded PostgreSQL, command line, demo people, assembly of the services."""
