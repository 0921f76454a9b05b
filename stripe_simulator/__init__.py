"""A program that plays Stripe on this machine; it imports nothing of the shop, and the shop nothing of it."""

from .app import create_simulator
from .server import RunningSimulator, start
from .settings import SimulatorError, SimulatorSettings

__all__ = ["RunningSimulator", "SimulatorError", "SimulatorSettings", "create_simulator", "start"]
