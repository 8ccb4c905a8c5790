"""Replace this script with yours, or name yours in python.json."""

import orthanc

orthanc.LogWarning("The Python plugin runs /etc/orthanc/sample.py")
