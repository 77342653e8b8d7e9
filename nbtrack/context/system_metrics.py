"""What the machine does during a run: processor, memory and NVIDIA cards, if libraries can tell.

A `Probe` reads some values. `SystemMetrics` has a thread that asks the probes now and then and
hands what they say to whoever wants it; between cells it is paused. A probe that fails is dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from importlib import import_module
from threading import Event, Lock, Thread
from types import ModuleType
from typing import Final

DEFAULT_SECONDS: Final = 10.0
PREFIX: Final = "system/"

Values = dict[str, float]
Probe = Callable[[], Values]
Emit = Callable[[Values], object]


def available_probes(load: Callable[[str], ModuleType] = import_module) -> list[Probe]:
    """Return the probes whose library can be loaded and works here: psutil, NVIDIA's."""
    found: list[Probe] = []
    for library, make in (("psutil", machine_probe), ("pynvml", gpu_probe)):
        # Without the library, driver or card there is nothing to measure; each says so in its way.
        with suppress(Exception):
            found.append(make(load(library)))
    return found


def machine_probe(psutil: ModuleType) -> Probe:
    """Return a probe of processor use in percent and of memory in bytes and percent."""
    process = psutil.Process()
    psutil.cpu_percent(interval=None)  # later calls tell the use since the one before

    def read() -> Values:
        memory = psutil.virtual_memory()
        return {
            f"{PREFIX}cpu_percent": float(psutil.cpu_percent(interval=None)),
            f"{PREFIX}memory_used": float(memory.used),
            f"{PREFIX}memory_percent": float(memory.percent),
            f"{PREFIX}process_memory": float(process.memory_info().rss),
        }

    return read


def gpu_probe(nvml: ModuleType) -> Probe:
    """Return a probe of the use in percent and the memory in bytes of each NVIDIA card."""
    nvml.nvmlInit()
    cards = [nvml.nvmlDeviceGetHandleByIndex(card) for card in range(nvml.nvmlDeviceGetCount())]

    def read() -> Values:
        values: Values = {}
        for number, card in enumerate(cards):
            name = f"{PREFIX}gpu{number}"
            values[f"{name}_util"] = float(nvml.nvmlDeviceGetUtilizationRates(card).gpu)
            values[f"{name}_memory_used"] = float(nvml.nvmlDeviceGetMemoryInfo(card).used)
        return values

    return read


class SystemMetrics:
    """Hands the values of the probes to `emit` every few seconds, while it is not paused."""

    def __init__(
        self,
        emit: Emit,
        *,
        seconds: float = DEFAULT_SECONDS,
        probes: Iterable[Probe] | None = None,
    ) -> None:
        """Prepare to measure; the probes are those that are available if None are given."""
        self._emit = emit
        self._seconds = seconds
        self._probes = available_probes() if probes is None else list(probes)
        self._goes_on = Event()
        self._goes_on.set()
        self._stopped = Event()
        self._thread: Thread | None = None
        self._lock = Lock()

    @property
    def can_measure(self) -> bool:
        """Whether any probe works here."""
        return bool(self._probes)

    def start(self) -> None:
        """Begin to measure in a thread; without a probe there is no thread."""
        with self._lock:
            if self._thread is not None or not self._probes or self._stopped.is_set():
                return
            thread = Thread(target=self._measure_often, name="nbtrack-system-metrics", daemon=True)
            # Threads cannot start in WebAssembly, nor while the interpreter ends.
            with suppress(RuntimeError):
                thread.start()
                self._thread = thread

    def pause(self) -> None:
        """Measure nothing until `resume`; the thread sleeps."""
        self._goes_on.clear()

    def resume(self) -> None:
        """Go on measuring after `pause`."""
        self._goes_on.set()

    def stop(self, seconds: float = 1.0) -> None:
        """End the thread, for good, and wait for it a moment."""
        self._stopped.set()
        self._goes_on.set()
        thread = self._thread
        if thread is not None:
            with suppress(RuntimeError):  # called by the thread itself, out of emit
                thread.join(seconds)

    def sample(self) -> Values:
        """Read all probes once; one that fails is dropped."""
        values: Values = {}
        for probe in list(self._probes):
            try:
                values |= probe()
            except Exception:  # noqa: BLE001 - a driver may raise anything; a run is worth more
                self._probes.remove(probe)
        return values

    def measure(self) -> None:
        """Read all probes and hand on what they say, unless it is paused or stopped."""
        if self._stopped.is_set() or not self._goes_on.is_set():
            return
        values = self.sample()
        if values:
            # What the receiver raises is its own affair, and no reason to end a thread.
            with suppress(Exception):
                self._emit(values)

    def _measure_often(self) -> None:
        while not self._stopped.wait(self._seconds) and self._probes:
            self._goes_on.wait()
            self.measure()
