"""Texts become vectors: the embedding model, prepared once and run on ONNX Runtime."""
