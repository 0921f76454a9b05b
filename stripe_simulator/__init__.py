"""A small separate app that plays Stripe on this machine; it knows nothing of the shop."""

from .app import create_simulator
from .server import RunningSimulator, start
from .settings import SimulatorError, SimulatorSettings

__all__ = ["RunningSimulator", "SimulatorError", "SimulatorSettings", "create_simulator", "start"]
