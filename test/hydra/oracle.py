"""What the real Hydra and OmegaConf say: one JSON case per line on stdin, one JSON answer per line on stdout.

Run by compare.ts with a Python that has hydra-core 1.3; see there.
"""
import enum
import json
import logging
import math
import signal
import sys
import warnings

from hydra import version
from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra._internal.config_search_path_impl import ConfigSearchPathImpl
from hydra.core.plugins import Plugins
from hydra.core.utils import JobRuntime, setup_globals
from hydra.types import RunMode
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
version.setbase("1.3")
setup_globals()
Plugins.instance()
JobRuntime.instance().set("name", "app")


def tagged(value):
    """Values as the vectors write them, so that 1 and 1.0 stay apart."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, int):
        return {"$int": str(value)} if abs(value) > 2**53 - 1 else value
    if isinstance(value, float):
        return {"$float": repr(value)} if not math.isfinite(value) or value.is_integer() else value
    if isinstance(value, bytes):
        return {"$bytes": value.hex()}
    if isinstance(value, dict):
        if all(isinstance(key, str) for key in value):
            return {key: tagged(item) for key, item in value.items()}
        return {"$dict": [[tagged(key), tagged(item)] for key, item in value.items()]}
    if isinstance(value, (list, tuple)):
        return [tagged(v) for v in value]
    if isinstance(value, enum.Enum):
        return {"$enum": value.name}
    return {"$repr": repr(value)}


def untagged(value):
    if isinstance(value, list):
        return [untagged(v) for v in value]
    if isinstance(value, dict):
        if "$float" in value:
            return float(value["$float"])
        if "$int" in value:
            return int(value["$int"])
        if "$dict" in value:
            return {untagged(key): untagged(item) for key, item in value["$dict"]}
        return {key: untagged(item) for key, item in value.items()}
    return value


def failure(error):
    return {"error": type(error).__name__, "message": str(error)[:500]}


def resolved(container):
    try:
        return {"ok": tagged(OmegaConf.to_container(container, resolve=True))}
    except (OmegaConfBaseException, RecursionError, ValueError) as error:
        return failure(error)


def tree(case):
    search_path = ConfigSearchPathImpl()
    search_path.append("hydra", "pkg://hydra.conf")
    search_path.append("main", f"file://{case['dir']}")
    search_path.append("schema", "structured://")
    loader = ConfigLoaderImpl(search_path)
    try:
        config = loader.load_configuration(case["config"], list(case["overrides"]), run_mode=RunMode.RUN)
    except Exception as error:
        return failure(error)
    choices = OmegaConf.to_container(config.hydra.runtime.choices, resolve=False)
    defaults = loader.compute_defaults_list(case["config"], list(case["overrides"]), run_mode=RunMode.RUN).defaults
    OmegaConf.set_struct(config, False)
    hydra = OmegaConf.to_container(config.hydra, resolve=False)
    del config["hydra"]
    return {
        "yaml": OmegaConf.to_yaml(config),
        "choices": choices,
        "defaults": [[d.config_path, d.package, bool(d.is_self)] for d in defaults],
        "resolved": resolved(config),
        "hydra": tagged({key: value for key, value in hydra.items() if key not in ("runtime", "overrides")}),
        "overrides": tagged(hydra["overrides"]),
    }


def yaml(case):
    path = case["path"]
    with open(path, "w", encoding="utf-8") as file:
        file.write(case["text"])
    try:
        return {"ok": tagged(OmegaConf.to_container(OmegaConf.load(path), resolve=False))}
    except RecursionError:
        return {"error": "RecursionError", "message": ""}
    except Exception as error:
        return failure(error)


def interpolation(case):
    base = untagged(case["base"])
    base["__x"] = case["expr"]
    try:
        config = OmegaConf.create(base)
        node = OmegaConf.select(config, "__x")
        return {"ok": tagged(OmegaConf.to_container(node, resolve=True) if OmegaConf.is_config(node) else node)}
    except RecursionError:
        return {"error": "RecursionError", "message": ""}
    except Exception as error:
        return failure(error)


def dump(case):
    try:
        return {"ok": OmegaConf.to_yaml(OmegaConf.create(untagged(case["value"])))}
    except Exception as error:
        return failure(error)


def merge(case):
    try:
        merged = OmegaConf.merge(OmegaConf.create(untagged(case["base"])), OmegaConf.create(untagged(case["over"])))
        return {"ok": tagged(OmegaConf.to_container(merged, resolve=False))}
    except Exception as error:
        return failure(error)


kinds = {"tree": tree, "yaml": yaml, "interpolation": interpolation, "dump": dump, "merge": merge}

if len(sys.argv) > 1 and sys.argv[1] == "--version":
    import hydra
    import omegaconf

    print(json.dumps({"hydra": hydra.__version__, "omegaconf": omegaconf.__version__}))
    sys.exit(0)

OmegaConf.register_new_resolver("test", lambda *args: args[0] if len(args) == 1 else list(args))


class Slow(BaseException):
    """Not an Exception, so that nothing on the way takes it for a failure of its own."""


def stop(*_):
    raise Slow()


signal.signal(signal.SIGALRM, stop)
for line in sys.stdin:
    case = json.loads(line)
    signal.alarm(5)
    try:
        answer = kinds[case["kind"]](case)
    except Slow:
        answer = {"error": "Slow", "message": "no answer within five seconds"}
    signal.alarm(0)
    print(json.dumps(answer))
