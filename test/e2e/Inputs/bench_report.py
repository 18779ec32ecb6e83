"""Checks what vspec-bench --json and its page say: the keys, and what must agree whatever the speed.
Usage: bench_report.py REPORT INSPECTION PAGE"""
import json
import math
import sys
import xml.dom.minidom

told, file = json.load(open(sys.argv[1])), json.load(open(sys.argv[2]))
program = file["programs"][0]
launches = {variant["name"]: variant["launches"] for variant in program["variants"]}
shapes = {weight["offset"]: weight for weight in file["provenance"]["weights"]}


def spread(value):
    assert set(value) == {"median", "min", "max"}, value
    assert 0 <= value["min"] <= value["median"] <= value["max"] and math.isfinite(value["max"]), value
    return value


def is_float(weight):
    return weight["format"] in ("f32", "f16", "bf16")


def launch_cost(launch, rows, sessions, position, selected, chosen):
    """Bytes, operations of linears and those of them in f32, from the tables of the file and how many experts rows chose."""
    weights = [operand for operand in launch["operands"] if operand["kind"] == "weight"]
    if launch["kernel"].startswith("embed"):
        weight, = weights
        return weight["bytes"] // -(-shapes[weight["offset"]]["rows"] // 16) * rows, 0, 0
    if launch["kernel"].startswith("attention"):
        state = program["states"][[operand["index"] for operand in launch["operands"] if operand["kind"] == "state"][0]]
        return state["bytes_per_tile"] // state["tokens_per_tile"] * (position + rows // sessions) * sessions, 0, 0
    outputs = selected if any(operand["kind"] == "select" for operand in launch["operands"]) else rows
    if outputs == 0:
        return 0, 0, 0
    matrices = [shapes[weight["offset"]] for weight in weights if shapes[weight["offset"]]["rows"] > 1]
    products = sum(matrix["rows"] * matrix["columns"] for matrix in matrices)
    floats = sum(matrix["rows"] * matrix["columns"] for matrix in matrices if is_float(matrix))
    if experts := launch["grid"]["maximum"]:  # `rows` of the grid are the choices of a row
        choices = launch["grid"]["rows"]
        each = sum(weight["bytes"] for weight in weights if shapes[weight["offset"]]["rows"] > 1) // experts
        shared = sum(weight["bytes"] for weight in weights if shapes[weight["offset"]]["rows"] == 1)
        return each * chosen + shared, 2 * products // experts * choices * rows, 2 * floats // experts * choices * rows
    return sum(weight["bytes"] for weight in weights), 2 * products * outputs, 2 * floats * outputs


def step_cost(variant, *step):
    costs = [launch_cost(launch, *step) for launch in launches[variant]]
    return [sum(cost[i] for cost in costs) for i in range(3)]


def check_experts(chosen, grid, steps):
    """Between those of a row and those of rows that all choose others: on average, in a layer of a step."""
    assert (chosen is None) == (grid is None), chosen
    if grid:
        most = [min(grid["maximum"], grid["rows"] * step[1]) for step in steps]
        assert grid["rows"] <= chosen <= sum(most) / len(steps), (chosen, most)


assert list(told) == ["version", "machine", "model", "settings", "probes", "prefill", "decode", "rooflines"]
assert told["model"]["fingerprint"] == file["manifest"]["fingerprint"] and told["model"]["bytes"] == file["bytes"]
assert told["machine"]["processors"] >= 1 and told["machine"]["processor"]
assert told["settings"] == {"prompt": 80, "generated": 4, "repeat": 2, "weights_in": "file"}
spread(told["model"]["open_seconds"])
assert [probe["threads"] for probe in told["probes"]] == [1, 2]
for probe in told["probes"]:
    assert probe["probes"] >= 2
    for rate in ("read_bytes_per_second", "int8_operations_per_second", "f32_operations_per_second"):
        assert spread(probe[rate])["min"] > 0

experts_grid = next((launch["grid"] for launch in launches["prefill"] if launch["grid"]["maximum"]), None)
assert [(m["threads"], m["batch"], m["depth"]) for m in told["prefill"]] == [(t, 1, d) for t in (1, 2) for d in (0, 100)]
assert [(m["threads"], m["batch"], m["depth"]) for m in told["decode"]] == [(t, b, d) for t in (1, 2) for d in (0, 100) for b in (1, 3)]
for work in ("prefill", "decode"):
    for m in told[work]:
        if work == "prefill":
            steps = [("prefill", 64, 1, m["depth"], 0), ("prefill", 16, 1, m["depth"] + 64, 1)]
        else:
            name = min((v for v in program["variants"] if v["row_capacity"] >= m["batch"]), key=lambda v: v["row_capacity"])["name"]
            steps = [(name, m["batch"], m["batch"], m["depth"] + i, m["batch"]) for i in range(4)]
        check_experts(m["experts_per_layer"], experts_grid, steps)
        # All layers of experts are alike, so their mean says what all steps read.
        expected = [round(sum(step_cost(*step, m["experts_per_layer"])[i] for step in steps)) for i in range(3)]
        assert m["steps"] == len(steps) and m["tokens"] == sum(step[1] for step in steps), m
        assert m["weight_bytes"] + m["state_bytes"] == expected[0] and m["linear_operations"] == expected[1], (m, expected)
        assert m["attention_operations"] > 0 and m["state_bytes"] > 0 and m["recurrence_operations"] == 0
        assert m["f32_operations"] - m["attention_operations"] == expected[2], m  # the cache is of floats
        assert (spread(m["share_of_f32_peak"])["min"] > 0) == (expected[2] > 0), m
        seconds = spread(m["seconds"])
        assert math.isclose(spread(m["tokens_per_second"])["max"], m["tokens"] / seconds["min"])
        assert math.isclose(spread(m["bytes_per_second"])["min"], expected[0] / seconds["max"])
        assert math.isclose(spread(m["linear_operations_per_second"])["max"], expected[1] / seconds["min"])
        for share in ("share_of_read_bandwidth", "share_of_int8_peak", "share_of_bound", "bound_tokens_per_second", "processors_received"):
            assert spread(m[share])["min"] > 0, m

assert len(told["rooflines"]) == len(told["prefill"]) + len(told["decode"])
for roofline in told["rooflines"]:
    decodes = roofline["work"] == "decode"
    listed = launches[roofline["variant"]]
    each = roofline["each"]
    # Every launch that runs has its time: a prefill step makes no logits.
    assert roofline["launches"] <= roofline["barriers"] <= (1 if roofline["threads"] == 1 or decodes else 2) * roofline["launches"]
    assert roofline["launches"] == len(each) == len(listed) - (not decodes)
    assert [row["kernel"] for row in each] == [launch["kernel"] for launch in listed][:len(each)]
    assert all(row["launches"] == 1 and row["seconds"] > 0 and row["work_seconds"] > 0 for row in each)
    assert all(row["work_seconds"] >= row["prologue_seconds"] for row in each)
    assert all(row["predicted_seconds"] > 0 for row in each)
    assert 0 < roofline["seconds_in_launches"] <= roofline["seconds"] and 0 <= roofline["seconds_between_launches"] <= roofline["seconds"]
    assert 0 < roofline["work_share_of_launches"] <= 1
    assert (0 < roofline["work_share_of_processor_time"] <= 1) if decodes else roofline["work_share_of_processor_time"] is None
    kinds = [row["kind"] for row in roofline["kinds"]]
    computing = each[:-1] if decodes else each
    assert kinds == list(dict.fromkeys(row["kernel"].rsplit("_", 1)[0] for row in computing)) + ["logits"] * decodes, kinds
    for rows in (roofline["kernels"], roofline["kinds"]):
        assert sum(row["launches"] for row in rows) == len(each)
        for key in ("bytes", "operations", "f32_operations"):
            assert math.isclose(sum(row[key] for row in rows), sum(row[key] for row in each), rel_tol=1e-9), key
    for row in each:
        if row["bytes"] == row["operations"] == 0:  # activations alone, which stay in the caches
            assert row["kernel"].startswith(("route", "kernel")), row
            continue
        assert row["f32_operations"] in ((row["operations"],) if row["kind"] == "attention" else (0, row["operations"])), row
        assert row["bound"] in ("read", "f32" if row["f32_operations"] else "int8"), row
        assert row["bound_seconds"] > 0 and row["share_of_bound"] > 0

page = open(sys.argv[3]).read()
assert ("experts/layer" in page) == any(m["experts_per_layer"] for m in told["prefill"])
document = xml.dom.minidom.parseString(page)
pictures = document.getElementsByTagName("svg")
assert len(pictures) == 1 + 4 and document.getElementsByTagName("title")[0].firstChild.data.endswith("- vspec-bench")
assert not document.getElementsByTagName("script") and not document.getElementsByTagName("link") and "url(" not in page
assert not any(node.hasAttribute("src") or node.hasAttribute("href") for node in document.getElementsByTagName("*"))
# In each plot a mark for every kernel that computes; in the bars one bar for each kind of step.
marks = [node for node in document.getElementsByTagName("*") if node.getAttribute("class").startswith("mark ")]
assert len(marks) == sum(row["operations"] > 0 for roofline in told["rooflines"] for row in roofline["kernels"])
assert len([node for node in pictures[0].getElementsByTagName("text") if node.getAttribute("class") == "bar end"]) == len(told["rooflines"])
print("consistent")
