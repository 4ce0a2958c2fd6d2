"""What can be told of the device that a request comes from: little, and nothing for sure."""

from flask import current_app, request

from lti_tool.services.mentor_signing import device_mark, network_of


def this_device() -> str:
    """Return the keyed hash of the browser and the network of this request."""
    key = current_app.extensions["trellis"].settings.secret_key.get_secret_value()
    return device_mark(key, request.headers.get("User-Agent", ""), request.remote_addr)


def this_network() -> str:
    """Return the network that this request comes from, such as ``192.0.2.0/24``."""
    return network_of(request.remote_addr)
