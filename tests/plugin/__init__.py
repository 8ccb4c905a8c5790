# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The plugin as a whole: how a script starts, what it finds, how it ends."""
