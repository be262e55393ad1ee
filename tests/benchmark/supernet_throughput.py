#!/usr/bin/env python3
"""Supernet training images/s: mcunas (C++) against an equivalent plain PyTorch supernet in Python.

Same machine, same run, same architectures step by step, same batch, optimiser, losses. Python is timed as
NCHW, as channels_last, and as channels_last with glibc told to keep freed memory (what mcunas does); so is
our own program with ATen's operators in place of our kernels. --isa keeps all of them to one instruction set.
Rounds alternate, so that a busy machine slows all alike. JSON on stdout.

  ninja -C build/release supernet_benchmark
  .venv/bin/python tests/benchmark/supernet_throughput.py build/release/supernet_benchmark --isa avx2 [--threads 2]
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

SPACE = {
    "width": [0.5, 0.75, 1.0], "resolution": [24, 32], "kernel": [3, 5], "expand": [2, 3, 4],
    "depth": [1, 2, 3], "stem_channels": 16, "stem_stride": 1,
    "stages": [{"channels": 24, "stride": 2}, {"channels": 48, "stride": 2}, {"channels": 96, "stride": 2}],
}
BATCH, CLASSES, WARM_UP = 128, 10, 3
KEEP_MEMORY = {"MALLOC_MMAP_THRESHOLD_": "4294967296", "MALLOC_TRIM_THRESHOLD_": "8589934592",
               "MALLOC_TOP_PAD_": "67108864"}

PYTHON = (("python_nchw", "nchw", {}), ("python_channels_last", "channels_last", {}),
          ("python_channels_last_kept_memory", "channels_last", KEEP_MEMORY))

# What ATen, oneDNN, MKL and our kernels are told.
ISA = {
    "generic": {"ATEN_CPU_CAPABILITY": "default", "ONEDNN_MAX_CPU_ISA": "SSE41", "MKL_ENABLE_INSTRUCTIONS": "SSE4_2",
                "MCUNAS_CPU_KERNELS": "generic"},
    "avx2": {"ATEN_CPU_CAPABILITY": "avx2", "ONEDNN_MAX_CPU_ISA": "AVX2", "MKL_ENABLE_INSTRUCTIONS": "AVX2",
             "MCUNAS_CPU_KERNELS": "avx2"},
    "avx512": {"ATEN_CPU_CAPABILITY": "avx512", "ONEDNN_MAX_CPU_ISA": "DEFAULT", "MKL_ENABLE_INSTRUCTIONS": "AVX512",
               "MCUNAS_CPU_KERNELS": "avx512"},
}


def config_text(threads, batch):
    sections = {
        "data": {"kind": "synthetic", "synthetic_size": 32, "synthetic_train": 3000, "synthetic_test": 10,
                 "holdout": 100},
        "space": {"family": "mobilenet", **SPACE},
        "supernet": {"epochs": 1, "batch": batch, "sandwich_random": 1, "threads": threads},
    }
    # JSON is YAML; a long line per section.
    return "".join(f"{name}: {json.dumps(value)}\n" for name, value in sections.items())


def scaled(channels, width, multiple=4):
    rounded = max(multiple, int(channels * width + multiple / 2) // multiple * multiple)
    return rounded + multiple if rounded < 0.9 * channels * width else rounded


def build_supernet():
    """The plain PyTorch supernet: largest weights as parameters, slices in forward."""
    import torch
    import torch.nn.functional as F

    class Layer(torch.nn.Module):
        def __init__(self, out, inputs, kernel, groups=1):
            super().__init__()
            self.weight = torch.nn.Parameter(torch.empty(out, inputs // groups, kernel, kernel))
            torch.nn.init.kaiming_normal_(self.weight)
            self.gamma = torch.nn.Parameter(torch.ones(out))
            self.beta = torch.nn.Parameter(torch.zeros(out))

        def forward(self, x, out, kernel, stride=1, depthwise=False, active=True):
            margin = (self.weight.shape[2] - kernel) // 2
            weight = self.weight[:out, :1 if depthwise else x.shape[1],
                                 margin:margin + kernel, margin:margin + kernel]
            x = F.conv2d(x, weight, stride=stride, padding=kernel // 2, groups=out if depthwise else 1)
            x = F.batch_norm(x, None, None, self.gamma[:out], self.beta[:out], training=True)
            return F.relu6(x) if active else x

    class Supernet(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.stem = Layer(SPACE["stem_channels"], 3, 3)
            self.blocks = torch.nn.ModuleDict()
            inputs, expand, kernel = SPACE["stem_channels"], max(SPACE["expand"]), max(SPACE["kernel"])
            for s, stage in enumerate(SPACE["stages"]):
                for i in range(max(SPACE["depth"])):
                    hidden = inputs * expand
                    self.blocks[f"{s}_{i}_expand"] = Layer(hidden, inputs, 1)
                    self.blocks[f"{s}_{i}_depthwise"] = Layer(hidden, hidden, kernel, hidden)
                    self.blocks[f"{s}_{i}_project"] = Layer(stage["channels"], hidden, 1)
                    inputs = stage["channels"]
            self.classifier = torch.nn.Linear(inputs, CLASSES)

        def forward(self, x, architecture):
            width = architecture["width"]
            channels = scaled(SPACE["stem_channels"], width)
            x = self.stem(x, channels, 3, SPACE["stem_stride"])
            for s, stage in enumerate(architecture["stages"]):
                out = scaled(SPACE["stages"][s]["channels"], width)
                for i, block in enumerate(stage):
                    stride = SPACE["stages"][s]["stride"] if i == 0 else 1
                    hidden, before = channels * block["expansion"], x
                    x = self.blocks[f"{s}_{i}_expand"](x, hidden, 1)
                    x = self.blocks[f"{s}_{i}_depthwise"](x, hidden, block["kernel"], stride, depthwise=True)
                    x = self.blocks[f"{s}_{i}_project"](x, out, 1, active=False)
                    if stride == 1 and channels == out:
                        x = x + before
                    channels = out
            return F.linear(x.mean((2, 3)), self.classifier.weight[:, :channels], self.classifier.bias)

    return Supernet()


def run_python(steps_file, layout, threads, batch):
    """One timed run in this process; prints JSON."""
    import torch
    import torch.nn.functional as F
    torch.set_num_threads(threads)
    torch.manual_seed(1)
    with open(steps_file, encoding="utf-8") as file:
        steps = json.load(file)
    memory = torch.channels_last if layout == "channels_last" else torch.contiguous_format
    net = build_supernet().to(memory_format=memory)
    average = [p.detach().clone() for p in net.parameters()]
    optimiser = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9, nesterov=True, weight_decay=4e-5)
    images = {r: torch.randn(batch, 3, r, r).to(memory_format=memory) for r in SPACE["resolution"]}
    labels = torch.randint(0, CLASSES, (batch,))
    times, cpu = [], 0.0
    for step, architectures in enumerate(steps):
        if step == WARM_UP:
            cpu = time.process_time()
        start = time.perf_counter()
        optimiser.zero_grad(set_to_none=True)
        teacher = None
        for architecture in architectures:
            logits = net(images[architecture["resolution"]], architecture)
            if teacher is None:
                loss = F.cross_entropy(logits, labels, label_smoothing=0.1)
                teacher = logits.detach().softmax(1)
            else:
                loss = -(teacher * logits.log_softmax(1)).sum(1).mean()
            loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 10)
        optimiser.step()
        torch._foreach_lerp_(average, [p.detach() for p in net.parameters()], 0.001)
        times.append(time.perf_counter() - start)
    cpu = time.process_time() - cpu
    timed = times[WARM_UP:]
    print(json.dumps({"images_per_second": batch * len(timed) / sum(timed),
                      "images_per_cpu_second": batch * len(timed) / cpu,
                      "fastest_step_images_per_second": batch / min(timed)}))


def run(command, extra_environment):
    environment = {**os.environ, "OMP_WAIT_POLICY": "passive", **extra_environment}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{command[0]} failed: {done.stderr.strip()}")
    return json.loads(done.stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("benchmark", help="path of supernet_benchmark")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--isa", choices=list(ISA), help="default: the best of each on this processor")
    parser.add_argument("--batch", type=int, default=BATCH)
    parser.add_argument("--own", action="store_true", help="our own program alone, with and without our kernels")
    parser.add_argument("--kernels", action="store_true", help="layer by layer instead, against ATen's operators")
    arguments = parser.parse_args()
    isa, results = ISA.get(arguments.isa, {}), {}
    if arguments.kernels:
        print(json.dumps(run([arguments.benchmark, "--kernels"], isa), indent=1))
        return
    with tempfile.TemporaryDirectory() as folder:
        config, steps = os.path.join(folder, "space.yaml"), os.path.join(folder, "steps.json")
        with open(config, "w", encoding="utf-8") as file:
            file.write(config_text(arguments.threads, arguments.batch))
        for _ in range(arguments.rounds):
            for name, extra in (("mcunas", {}), ("mcunas_with_aten", {"MCUNAS_CPU_KERNELS": "aten"})):
                native = run([arguments.benchmark, config], {**isa, **extra})
                with open(steps, "w", encoding="utf-8") as file:
                    json.dump(native.pop("steps"), file)
                results.setdefault(name, []).append(native)
            for name, layout, extra in () if arguments.own else PYTHON:
                command = [sys.executable, __file__, "--worker", steps, layout, str(arguments.threads),
                           str(arguments.batch)]
                results.setdefault(name, []).append(run(command, {**isa, **extra}))
    keys = ("images_per_second", "images_per_cpu_second", "fastest_step_images_per_second")
    table = {name: {key: round(statistics.median(r[key] for r in rounds), 1) for key in keys}
             for name, rounds in results.items()}
    ratios = {name: {key: round(table["mcunas"][key] / table[name][key], 2) for key in keys}
              for name in table if name != "mcunas"}
    print(json.dumps({"isa": arguments.isa or "best", "threads": arguments.threads, "batch": arguments.batch,
                      "rounds": arguments.rounds,
                      "networks_per_step": 3, "median": table, "mcunas_over": ratios}, indent=1))


if __name__ == "__main__":
    if len(sys.argv) == 6 and sys.argv[1] == "--worker":
        run_python(sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5]))
    else:
        main()
