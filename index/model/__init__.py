"""The embedding model, prepared once and run on ONNX Runtime, and its vectors."""
