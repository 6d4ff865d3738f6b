# The one place where commands are. `make help` lists them.

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check
SRC    := protos/src native/src compiler/src cloud/src edge/src

DISTRIBUTIONS := protos native compiler cloud edge
MANIFESTS := VERSION constraints.txt $(DISTRIBUTIONS:%=%/pyproject.toml)
NATIVE_SOURCES := $(shell find native -name '*.cpp' -o -name '*.hpp' -o -name 'CMakeLists.txt' -o -path '*/native/*.py' -not -path '*/build/*')

DATA ?=
OUT  ?= demo-run

.DEFAULT_GOAL := help
.PHONY: help demo test check format lint types contracts light-install bench bench-edge bench-compiler soak-cameras soak-events soak-swaps soak-power protos dashboards clean

help:  ## list the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Linewatch needs Python 3.11 or newer; name one: make PYTHON=python3.11 ...")'
	@command -v c++ >/dev/null || { echo "Linewatch needs a C++ compiler (Debian and Ubuntu: apt-get install build-essential)"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: $(BIN)/python $(MANIFESTS) $(NATIVE_SOURCES)
	$(PIP) install -q -c constraints.txt hatchling editables scikit-build-core nanobind ninja cmake
	$(PIP) install -q --no-build-isolation -c constraints.txt -e protos ./native -e compiler -e cloud -e edge
	@touch $@

$(VENV)/.developing: $(VENV)/.installed requirements-dev.txt
	$(PIP) install -q -c constraints.txt -r requirements-dev.txt
	@touch $@

demo: $(VENV)/.installed  ## train, compile, publish, inspect a video, and report (DATA=folder for your own pictures)
	$(BIN)/linewatch demo $(if $(DATA),--data "$(DATA)") --out "$(OUT)"

test: $(VENV)/.developing  ## run the whole test suite
	$(BIN)/python -m pytest $(ARGS)

check: lint types contracts light-install  ## style, types, import contracts, light install of the edge

lint: $(VENV)/.developing
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.developing
	$(BIN)/mypy .

contracts: $(VENV)/.developing
	$(BIN)/lint-imports

light-install: $(VENV)/.developing
	$(BIN)/python gates/light_install.py

format: $(VENV)/.developing  ## rewrite the sources in the common style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.developing  ## measure every figure into bench/results.json
	$(BIN)/python -m bench.run $(ARGS)

bench-edge: $(VENV)/.developing  ## measure the edge agent: speed, latency, swaps, events, power cuts, uplink, size (half an hour)
	$(BIN)/python -m bench.run edge raw h264 inferencer swaps events drain uplink weight power $(ARGS)

bench-compiler: $(VENV)/.developing  ## measure the compiler: accuracy, speed and size beside teachers and rivals (two hours)
	$(BIN)/python -m bench.run speed models video rivals agreement $(ARGS)

soak-events: $(VENV)/.developing  ## let 100,000 events pass while agent, broker and cloud are killed (40 minutes)
	$(BIN)/python -m bench.soak_events $(ARGS)

soak-cameras: $(VENV)/.developing  ## watch eight cameras for half an hour, two of which fail in every way
	$(BIN)/python -m bench.soak_cameras $(ARGS)

soak-swaps: $(VENV)/.developing  ## swap bundles 1,000 times beside a camera of 200 frames a second (five minutes)
	$(BIN)/python -m bench.swaps $(ARGS)

soak-power: $(VENV)/.developing  ## cut the power 300 times while events are spooled and bundles installed (ten minutes, root)
	$(BIN)/python -m bench.power_cuts $(ARGS)

protos: $(VENV)/.developing  ## generate the protobuf code again
	cd protos && ../$(BIN)/python -m grpc_tools.protoc -I src --python_out=src --pyi_out=src src/linewatch/protos/*.proto

dashboards:  ## write the Grafana dashboard again
	$(PYTHON) deploy/dashboards/build.py

clean:  ## remove the environment and everything that was built
	rm -rf $(VENV) $(DISTRIBUTIONS:%=%/build) $(DISTRIBUTIONS:%=%/dist) demo-run .demo-run.*.partial
