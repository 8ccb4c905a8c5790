# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Examples for docstrings and reference pages: a body is the example of the name of its function.

Image_DrawText is the example of Image.DrawText. The parameters stand for values that the script
has. mypy checks the examples against the stub.
"""
