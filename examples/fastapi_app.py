# SPDX-FileCopyrightText: The Orthanc Python plugin authors
# SPDX-License-Identifier: AGPL-3.0-or-later
"""A REST API made with FastAPI, an ASGI application: checked arguments, and a page to try it.

fastapi-offline serves that page without files from the Internet, which a hospital may not reach.

Run:  orthanc-python run examples/fastapi_app.py
Try:  curl http://127.0.0.1:8042/worklist/orders
      curl -X PUT http://127.0.0.1:8042/worklist/orders/A1 \
          -d '{"patient": "DOE^JANE", "modality": "CT"}' -H "Content-Type: application/json"
      open http://127.0.0.1:8042/worklist/docs in a browser
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import orthanc
from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import StreamingResponse
from fastapi_offline import FastAPIOffline
from pydantic import BaseModel, Field


class Order(BaseModel):
    patient: str = Field(min_length=1, examples=["DOE^JANE"])
    modality: str = Field(pattern="^[A-Z]{2}$", examples=["CT"])


orders: dict[str, Order] = {}


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    orders["DEMO"] = Order(patient="DEMO", modality="MR")
    yield
    print(f"{len(orders)} orders are lost")


app = FastAPIOffline(title="Worklist", lifespan=lifespan)


@app.get("/orders")
async def list_orders(modality: str = "") -> dict[str, Order]:
    return {
        number: order
        for number, order in orders.items()
        if not modality or order.modality == modality
    }


@app.put("/orders/{number}", status_code=201)
async def add_order(number: str, order: Order, request: Request) -> dict[str, str]:
    if number in orders:
        raise HTTPException(409, f"The order {number} exists already")
    orders[number] = order
    return {"number": number, "user": request.user.username}


@app.get("/system")
def version() -> str:
    """A function without async runs on a thread, so that it may call Orthanc."""
    return str(orthanc.rest.get("/system").json()["Version"])


@app.get("/orders.csv")
async def table() -> StreamingResponse:
    async def lines() -> AsyncIterator[str]:
        yield "number,patient,modality\n"
        for number, order in orders.items():
            yield f"{number},{order.patient},{order.modality}\n"

    return StreamingResponse(lines(), media_type="text/csv")


orthanc.mount("/worklist", app)
