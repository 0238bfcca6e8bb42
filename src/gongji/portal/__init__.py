# SPDX-License-Identifier: Apache-2.0
"""The door of families: pages about the law as data, and tools that ask the same kernel.

Every page is a GET with a permanent address, works without JavaScript and holds no rule of its
own: it shows what ``policy`` says and what ``advice`` answers. No page reads the database.
"""
