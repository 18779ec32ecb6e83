"""The tiny models whose logits are compared with transformers: a line or a few for each variant of a family.

MODELS[NAME] = Model(config class of transformers, keys beside COMMON, ...). `make_golden.py NAME` makes test/data/families/NAME.*
from it, and from then on the test e2e/families checks it. Prompts of 40 tokens and 32 more are longer than each window.
"""
from dataclasses import dataclass, field

COMMON = dict(vocab_size=64, hidden_size=32, intermediate_size=80, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2,
              max_position_embeddings=128, bos_token_id=1, eos_token_id=2, pad_token_id=0, tie_word_embeddings=False)


@dataclass
class Model:
    config_class: str
    keys: dict = field(default_factory=dict)   # of the configuration, over COMMON; None leaves one of COMMON's out
    changes: dict = field(default_factory=dict)  # of config.json afterwards: how older files say it; None takes a key away
    values: dict = field(default_factory=dict)  # of tensors whose name matches (re.search): a kind of tiny_checkpoint.py
    dtype: str = "float32"                     # of the checkpoint
    model_class: str = "AutoModelForCausalLM"
    gguf: bool = False                         # llama.cpp's converter knows it: NAME.gguf is made too


MODELS = {
    "llama": Model("LlamaConfig", dict(rope_parameters=dict(rope_type="llama3", rope_theta=10000.0, factor=4.0, low_freq_factor=1.0,
                                                            high_freq_factor=4.0, original_max_position_embeddings=16)), gguf=True),
    "qwen3": Model("Qwen3Config", dict(head_dim=16, tie_word_embeddings=True), dtype="bfloat16", gguf=True),
}
