"""Writes shapes.json: what OpenCV 5.0 makes of small binary maps and of point sets.

Run with: python3 shapes.py   (opencv-python-headless 5.0, numpy 2.4; the seed makes it repeatable)
"""

import json

import cv2
import numpy as np

rng = np.random.default_rng(7)


def outlines(binary):
    """Borders as sorted pixel sets, with what holds each: RETR_CCOMP would flatten, RETR_TREE keeps parents."""
    contours, hierarchy = cv2.findContours(binary, cv2.RETR_TREE, cv2.CHAIN_APPROX_NONE)
    found = []
    for i, contour in enumerate(contours):
        depth, parent = 0, hierarchy[0][i][3]
        while parent >= 0:
            depth, parent = depth + 1, hierarchy[0][parent][3]
        found.append({"length": len(contour), "pixels": sorted({tuple(map(int, p)) for p in contour[:, 0]}), "depth": depth})
    return sorted(found, key=lambda c: (c["depth"], c["pixels"]))


def noise(height, width, part, blur):
    field = rng.random((height, width)).astype(np.float32)
    if blur:
        field = cv2.GaussianBlur(field, (0, 0), blur)
    return (field > np.quantile(field, 1 - part)).astype(np.uint8)


maps = []
for height, width, part, blur in [(5, 7, 0.4, 0), (9, 9, 0.6, 0), (16, 20, 0.5, 1.0), (24, 24, 0.45, 1.5)]:
    binary = noise(height, width, part, blur)
    maps.append({"rows": ["".join(map(str, row)) for row in binary.tolist()], "contours": outlines(binary)})

rects = []
for count in [3, 4, 8, 40]:
    for stretch in [1, 6]:
        angle = rng.uniform(0, np.pi)
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        points = np.round((rng.normal(0, 10, (count, 2)) * [stretch, 1]) @ turn.T + 50, 2).astype(np.float32)
        (_, _), (w, h), _ = cv2.minAreaRect(points)
        rects.append({"points": [[round(float(x), 2), round(float(y), 2)] for x, y in points], "sides": sorted([w, h])})

with open("shapes.json", "w") as file:
    json.dump({"maps": maps, "rects": rects}, file)
    file.write("\n")
