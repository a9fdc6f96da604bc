"""What the scripts share: where the servers are, and one line of JSON for each thing that was done."""

import json
import os
import time
import uuid

ENGINE_URL = os.environ["ENGINE_URL"]
ENGINE_TOKEN = os.environ["ENGINE_TOKEN"]
PROVIDER_URL = os.environ["PROVIDER_URL"]

# How long an operation may take on a busy machine, in seconds.
PATIENCE = 60


def step(name, **told):
    print(json.dumps({"step": name, **told}, default=str), flush=True)


def new_bank(name):
    """The id of a bank that is not there yet."""
    return f"{name}-{uuid.uuid4().hex[:8]}"


def texts(results):
    return [result.text for result in results]


def ended(status_of):
    """Asks for an operation's status until it is over; tells which one it ended with."""
    deadline = time.monotonic() + PATIENCE
    while (operation := status_of()).status not in ("completed", "failed", "cancelled"):
        assert time.monotonic() < deadline, f"the operation is still {operation.status}"
        time.sleep(0.1)
    assert operation.status == "completed", operation
    return operation
