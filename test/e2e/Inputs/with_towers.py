"""The folder of a tiny text model as that of a model which sees and hears: with_towers.py GOLDEN.json OUT.

Names and config are those of published folders, which hold K and V of layers that share a cache too.
"""
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent / "families"))
from tiny_checkpoint import write_checkpoint

golden = json.loads(pathlib.Path(sys.argv[1]).read_text())
text = golden["config"]
tensors = {name.replace("model.", "model.language_model.", 1): tensor for name, tensor in golden["tensors"].items()}
for layer in range(text["num_hidden_layers"] - text["num_kv_shared_layers"], text["num_hidden_layers"]):
    own, first = (f"model.language_model.layers.{i}.self_attn." for i in (layer, 0))
    for name in ("k_proj", "v_proj", "k_norm"):
        tensors[f"{own}{name}.weight"] = tensors[f"{first}{name}.weight"]
for name in ("vision_tower.timm_model.conv_stem.conv", "audio_tower.conformer.0.norm", "embed_vision.embedding", "embed_audio.embedding"):
    tensors[f"model.{name}.weight"] = [[4, 2], "float32", "matrix"]
write_checkpoint(sys.argv[2], {"architectures": ["Gemma3nForConditionalGeneration"], "model_type": "gemma3n", "text_config": text}, tensors, 0)
