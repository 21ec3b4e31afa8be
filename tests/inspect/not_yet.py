# SPDX-License-Identifier: Apache-2.0
"""Cases, "LINE NAME", of what is not read yet: they may fail."""
NOT_YET = frozenset()
