"""ONNX Runtime, which runs models on the thread that calls it."""

import os
from pathlib import Path

# Since 1.29 ONNX Runtime sends usage data to Microsoft, unless this variable is set before it is loaded.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
import onnxruntime as ort


def session(model: Path) -> ort.InferenceSession:
    """Load a model."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
