# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Examples: images."""

from __future__ import annotations

import io
from typing import Any

import numpy
import pydicom

import orthanc


def pixels(series: str, instance: str) -> None:
    volume = orthanc.pixels.volume(series)
    brightest = volume.array.max(axis=0)
    orthanc.RestApiPost("/instances", orthanc.pixels.secondary_capture(brightest, like=series))


def Image(image: orthanc.Image) -> None:
    array = numpy.asarray(image)  # rows, columns; shares the memory


def Image_ConvertPixelFormat(image: orthanc.Image) -> None:
    gray = image.ConvertPixelFormat(orthanc.PixelFormat.GRAYSCALE8)


def Image_DrawText(image: orthanc.Image) -> None:
    if orthanc.GetFontsCount() > 0:
        image.DrawText(0, "For research only", 10, 10, 255, 255, 255)


def Image_GetImageBuffer(image: orthanc.Image) -> None:
    rows, pitch = image.GetImageHeight(), image.GetImagePitch()
    pixels = numpy.frombuffer(image.GetImageBuffer(), dtype=numpy.uint8)
    pixels = pixels.reshape(rows, pitch)[:, : image.GetImageWidth()]  # GRAYSCALE8


def Image_GetImageHeight(image: orthanc.Image) -> None:
    shape = image.GetImageHeight(), image.GetImageWidth()


def Image_GetImagePitch(image: orthanc.Image) -> None:
    size = image.GetImagePitch() * image.GetImageHeight()
    assert len(image.GetImageBuffer()) == size


def Image_GetImagePixelFormat(image: orthanc.Image) -> None:
    if image.GetImagePixelFormat() == orthanc.PixelFormat.GRAYSCALE16:
        image = image.ConvertPixelFormat(orthanc.PixelFormat.GRAYSCALE8)


def Image_GetImageWidth(image: orthanc.Image) -> None:
    shape = image.GetImageHeight(), image.GetImageWidth()


def CreateImage() -> None:
    image = orthanc.CreateImage(orthanc.PixelFormat.RGB24, 512, 256)
    numpy.asarray(image)[:] = 0


def CreateImageFromArray(pixels: Any) -> None:
    image = orthanc.CreateImageFromArray(pixels)  # a numpy array: rows, columns


def CreateImageFromBuffer() -> None:
    pixels = numpy.zeros((256, 512), dtype=numpy.uint8)  # rows, columns
    gray = orthanc.PixelFormat.GRAYSCALE8
    image = orthanc.CreateImageFromBuffer(gray, 512, 256, 512, pixels.tobytes())


def DecodeDicomImage(dicom: bytes) -> None:
    image = orthanc.DecodeDicomImage(dicom, 0)
    print(image.GetImageWidth(), image.GetImageHeight())


def RegisterDecodeImageCallback() -> None:
    def decode(dicom, frame_index):
        dataset = pydicom.dcmread(io.BytesIO(dicom))
        return pydicom.pixels.pixel_array(dataset, index=frame_index)

    orthanc.RegisterDecodeImageCallback(decode)


def UncompressImage(png: bytes) -> None:
    image = orthanc.UncompressImage(png, orthanc.ImageFormat.PNG)


def CompressPngImage(image: orthanc.Image) -> None:
    size = image.GetImageWidth(), image.GetImageHeight(), image.GetImagePitch()
    png = orthanc.CompressPngImage(image.GetImagePixelFormat(), *size, image.GetImageBuffer())


def CompressJpegImage(image: orthanc.Image) -> None:
    gray = orthanc.PixelFormat.GRAYSCALE8
    size = image.GetImageWidth(), image.GetImageHeight(), image.GetImagePitch()
    jpeg = orthanc.CompressJpegImage(gray, *size, image.GetImageBuffer(), 90)


def GetFontName() -> None:
    fonts = [orthanc.GetFontName(i) for i in range(orthanc.GetFontsCount())]


def GetFontSize() -> None:
    sizes = [orthanc.GetFontSize(i) for i in range(orthanc.GetFontsCount())]


def GetFontsCount() -> None:
    fonts = [orthanc.GetFontName(i) for i in range(orthanc.GetFontsCount())]
