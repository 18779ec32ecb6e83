"""The tiny models whose logits are compared with transformers: a line or a few for each variant of a family.

MODELS[NAME] = Model(config class of transformers, keys beside COMMON, ...). `make_golden.py NAME` makes test/data/families/NAME.*
from it, and from then on the test e2e/families checks it. Prompts of 40 tokens and 32 more are longer than each window.
"""
from dataclasses import dataclass, field

COMMON = dict(vocab_size=64, hidden_size=32, intermediate_size=80, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2,
              max_position_embeddings=128, bos_token_id=1, eos_token_id=2, pad_token_id=0, tie_word_embeddings=False)


SMALL = {"embed_tokens": "small matrix"}  # where a tied embedding would make each token predict itself
NOTHING = dict.fromkeys(COMMON)  # of a configuration that has none of these


@dataclass
class Model:
    config_class: str
    keys: dict = field(default_factory=dict)   # of the configuration, over COMMON; None leaves one of COMMON's out
    changes: dict = field(default_factory=dict)  # of config.json afterwards: how older files say it; None takes a key away
    values: dict = field(default_factory=dict)  # of tensors whose name matches (re.search): a kind of tiny_checkpoint.py
    dtype: str = "float32"                     # of the checkpoint
    model_class: str = "AutoModelForCausalLM"
    mxfp4: bool = False                        # experts are stored as gpt-oss is published
    gguf: bool = False                         # llama.cpp's converter knows it: NAME.gguf is made too


ROPE = dict(rope_type="default", rope_theta=10000.0)
GEMMA3N = dict(head_dim=12, tie_word_embeddings=True, sliding_window=8, num_hidden_layers=6, num_kv_shared_layers=3,
               layer_types=[f"{kind}_attention" for kind in ("sliding", "full", "sliding", "sliding", "full", "sliding")],
               hidden_size_per_layer_input=6, intermediate_size=[80, 72, 80, 24, 80, 80], activation_sparsity_pattern=[0.9, 0.6, 0.0, 0.95, 0.0, 0.3])
YARN = dict(rope_type="yarn", factor=4.0, beta_fast=32.0, beta_slow=1.0, truncate=False, original_max_position_embeddings=32)
GPT_OSS = {"_bias$": "bias", "sinks": "matrix"}
GRANITE = dict(embedding_multiplier=3.0, attention_multiplier=0.5, residual_multiplier=0.75, logits_scaling=2.0)
NOT_FALCONS = dict(intermediate_size=None, num_key_value_heads=None)

# A state-space model has none of attention's sizes.
MAMBA2 = dict(expand=2, num_heads=4, head_dim=16, n_groups=2, state_size=8, conv_kernel=4, layer_norm_epsilon=1e-5, intermediate_size=None,
              num_attention_heads=None, num_key_value_heads=None, max_position_embeddings=None)

QWEN3_NEXT = dict(head_dim=16, linear_num_key_heads=2, linear_num_value_heads=4, linear_key_head_dim=12, linear_value_head_dim=12,
                  num_experts=5, num_experts_per_tok=2, moe_intermediate_size=24, shared_expert_intermediate_size=40)

PLAIN_GAIN = {"linear_attn.norm": "gain"}

MODELS = {
    "llama": Model("LlamaConfig", dict(rope_parameters=dict(rope_type="llama3", rope_theta=10000.0, factor=4.0, low_freq_factor=1.0,
                                                            high_freq_factor=4.0, original_max_position_embeddings=16)), gguf=True),
    "qwen3": Model("Qwen3Config", dict(head_dim=16, tie_word_embeddings=True), dtype="bfloat16", gguf=True),
    "mistral": Model("MistralConfig", dict(head_dim=12, sliding_window=8)),
    "mistral-v3": Model("MistralConfig", dict(sliding_window=None), changes=dict(rope_parameters=None, rope_theta=1e6, sliding_window=None),
                        gguf=True),
    "qwen2": Model("Qwen2Config", dict(tie_word_embeddings=True), gguf=True),
    "qwen2-window": Model("Qwen2Config", dict(num_hidden_layers=3, use_sliding_window=True, sliding_window=8, max_window_layers=1),
                          changes=dict(layer_types=None)),
    "qwen2-yarn": Model("Qwen2Config", changes=dict(rope_parameters=None, rope_theta=1000.0, rope_scaling=dict(
        type="yarn", factor=4.0, original_max_position_embeddings=32)), gguf=True),
    "gemma": Model("GemmaConfig", dict(head_dim=12, tie_word_embeddings=True, num_key_value_heads=1), changes=dict(hidden_act="gelu"),
                   values=SMALL, gguf=True),
    "gemma2": Model("Gemma2Config", dict(head_dim=12, tie_word_embeddings=True, query_pre_attn_scalar=12, sliding_window=8,
                                         attn_logit_softcapping=2.0, final_logit_softcapping=3.0), values=SMALL, gguf=True),
    "gemma3": Model("Gemma3TextConfig", dict(head_dim=12, tie_word_embeddings=True, query_pre_attn_scalar=12, sliding_window=8,
                                             num_hidden_layers=6, intermediate_size=24), values=SMALL, gguf=True),
    "gemma3-linear": Model("Gemma3TextConfig", dict(head_dim=12, tie_word_embeddings=True, query_pre_attn_scalar=30, sliding_window=8),
                           changes=dict(rope_parameters=None, layer_types=None, sliding_window_pattern=2, rope_theta=100000.0,
                                        rope_local_base_freq=1000.0, rope_scaling=dict(rope_type="linear", factor=8.0)), values=SMALL),
    "gemma3-vision": Model("Gemma3Config", {**NOTHING, **dict(
        text_config=dict(**COMMON, head_dim=12, query_pre_attn_scalar=12, sliding_window=8) | dict(tie_word_embeddings=True),
        vision_config=dict(hidden_size=16, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2, image_size=8, patch_size=4),
        mm_tokens_per_image=4, boi_token_index=60, eoi_token_index=61, image_token_index=62)},
        model_class="Gemma3ForConditionalGeneration", values=SMALL),
    # Layers of both kinds that read an earlier layer's cache, rows of gates cut off at several places, feed-forwards of several widths.
    "gemma3n": Model("Gemma3nTextConfig", {**GEMMA3N, **dict(laurel_rank=64, vocab_size_per_layer_input=64)}, values=SMALL, gguf=True),
    # What differs from published ones: the streams, the rank, and tokens without an input of their own; and how older files say it.
    "gemma3n-streams": Model("Gemma3nTextConfig", {**GEMMA3N, **dict(
        num_hidden_layers=7, num_kv_shared_layers=2, layer_types=None, activation_sparsity_pattern=[0.9, 0.0, 0.0, 0.0, 0.5, 0.0, 0.8],
        intermediate_size=24, laurel_rank=5, vocab_size_per_layer_input=40, altup_num_inputs=3, altup_active_idx=1, altup_correct_scale=False)},
        changes=dict(layer_types=None, rope_parameters=None, rope_theta=100000.0, rope_local_base_freq=1000.0, intermediate_size=24), values=SMALL),
    # As it is published, with towers for pictures and sound. Making it takes timm, which has the first of them.
    "gemma3n-vision": Model("Gemma3nConfig", {**NOTHING, **dict(
        text_config={**COMMON, **GEMMA3N, **dict(num_hidden_layers=2, num_kv_shared_layers=0, layer_types=GEMMA3N["layer_types"][:2], intermediate_size=80,
                                                 activation_sparsity_pattern=[0.9, 0.0], laurel_rank=64, vocab_size_per_layer_input=64)},
        vision_config=dict(architecture="test_vit", model_args=dict(embed_dim=8, depth=1, num_heads=2), hidden_size=8),
        audio_config=dict(hidden_size=16, conf_num_attention_heads=2, conf_num_hidden_layers=1, input_feat_size=16, sscp_conv_channel_size=[4, 2]),
        tie_word_embeddings=True)}, model_class="Gemma3nForConditionalGeneration", values=SMALL),
    "phi3": Model("Phi3Config", dict(hidden_size=48, intermediate_size=40, partial_rotary_factor=0.67, original_max_position_embeddings=32, rope_parameters=dict(
        rope_type="longrope", rope_theta=10000.0, partial_rotary_factor=0.67, short_factor=[1.0] * 4,
        long_factor=[1.0, 1.1, 1.7, 4.0])), gguf=True),
    "phi3-window": Model("Phi3Config", dict(sliding_window=8)),
    "olmo2": Model("Olmo2Config", gguf=True),
    "smollm3": Model("SmolLM3Config", dict(num_hidden_layers=4, intermediate_size=48, tie_word_embeddings=True), gguf=True),
    "granite": Model("GraniteConfig", GRANITE, gguf=True),
    "bitnet": Model("BitNetConfig"),
    # One plain layer among the experts, whose weights do not sum to 1; then as every published one has it.
    "qwen3moe-plain": Model("Qwen3MoeConfig", dict(head_dim=16, num_hidden_layers=3, num_experts=5, num_experts_per_tok=3,
                                                   moe_intermediate_size=24, mlp_only_layers=[1])),
    "qwen3moe": Model("Qwen3MoeConfig", dict(head_dim=16, num_experts=6, num_experts_per_tok=2, moe_intermediate_size=24, norm_topk_prob=True),
                      dtype="bfloat16", gguf=True),
    "qwen2moe": Model("Qwen2MoeConfig", dict(num_experts=6, num_experts_per_tok=3, moe_intermediate_size=24,
                                             shared_expert_intermediate_size=40), gguf=True),
    "mixtral": Model("MixtralConfig", dict(num_local_experts=5, rope_parameters=ROPE), gguf=True),
    "mixtral-window": Model("MixtralConfig", dict(head_dim=12, num_local_experts=4, num_experts_per_tok=3, sliding_window=8),
                            changes=dict(rope_parameters=None, rope_theta=1e6), dtype="bfloat16"),
    "granitemoe": Model("GraniteMoeConfig", dict(GRANITE, intermediate_size=24, num_local_experts=6, num_experts_per_tok=3), gguf=True),
    "granitemoeshared": Model("GraniteMoeSharedConfig", dict(GRANITE, intermediate_size=24, num_local_experts=5, tie_word_embeddings=True,
                                                             shared_intermediate_size=40), values=SMALL, dtype="bfloat16", gguf=True),
    # Windows in the first layer and the third. A ramp of YaRN that would be another one if it were rounded; a sink above most scores.
    "gpt-oss": Model("GptOssConfig", dict(head_dim=16, num_hidden_layers=3, num_local_experts=5, num_experts_per_tok=2, intermediate_size=24,
                                          sliding_window=8, rope_parameters=dict(YARN, rope_theta=500.0)), values=GPT_OSS, dtype="bfloat16", gguf=True),
    "gpt-oss-mxfp4": Model("GptOssConfig", dict(head_dim=16, num_local_experts=5, intermediate_size=64, sliding_window=8,
                                                rope_parameters=dict(YARN, rope_theta=500.0)), values=GPT_OSS, dtype="bfloat16", mxfp4=True,
                           changes=dict(quantization_config=dict(quant_method="mxfp4", modules_to_not_convert=["lm_head"])), gguf=True),
    "gpt-oss-older": Model("GptOssConfig", dict(head_dim=12, num_local_experts=4, num_experts_per_tok=3, intermediate_size=40, sliding_window=8,
                                                rope_parameters=dict(YARN, rope_theta=500.0)), values=GPT_OSS,
                           changes=dict(rope_parameters=None, layer_types=None, rope_theta=500.0, rope_scaling=YARN)),
    # Families whose norms take the mean off. The converter wants n_ctx.
    "gpt2": Model("GPT2Config", dict(NOT_FALCONS, tie_word_embeddings=True), changes=dict(n_ctx=128), gguf=True),
    "gpt-neox": Model("GPTNeoXConfig", dict(num_key_value_heads=None, rope_parameters=dict(ROPE, partial_rotary_factor=0.5)), gguf=True),
    "gpt-neox-sequential": Model("GPTNeoXConfig", dict(num_key_value_heads=None, use_parallel_residual=False, hidden_act="gelu_new",
                                                       rope_parameters=dict(ROPE, rope_theta=500.0, partial_rotary_factor=0.25)),
                                 changes=dict(rope_parameters=None, rotary_pct=0.25, rotary_emb_base=500)),
    "starcoder2": Model("Starcoder2Config", dict(tie_word_embeddings=True), gguf=True),
    "starcoder2-window": Model("Starcoder2Config", dict(sliding_window=8)),
    "stablelm": Model("StableLmConfig", dict(use_qkv_bias=True, rope_parameters=dict(ROPE, partial_rotary_factor=0.25)), gguf=True),
    "stablelm-parallel": Model("StableLmConfig", dict(use_parallel_residual=True, rope_parameters=dict(ROPE, partial_rotary_factor=0.5)),
                               dtype="bfloat16", gguf=True),
    "stablelm-heads": Model("StableLmConfig", dict(use_parallel_residual=True, qk_layernorm=True,
                                                   rope_parameters=dict(ROPE, partial_rotary_factor=0.25))),
    "phi2": Model("PhiConfig", dict(intermediate_size=128, num_key_value_heads=4, rope_parameters=dict(ROPE, partial_rotary_factor=0.5)),
                  gguf=True),
    "falcon": Model("FalconConfig", dict(NOT_FALCONS, num_kv_heads=1, rope_parameters=ROPE, tie_word_embeddings=True), gguf=True),
    "falcon-two-norms": Model("FalconConfig", dict(NOT_FALCONS, new_decoder_architecture=True, num_kv_heads=2, rope_parameters=ROPE), gguf=True),
    "falcon-one-norm": Model("FalconConfig", dict(NOT_FALCONS, new_decoder_architecture=True, num_kv_heads=2, num_ln_in_parallel_attn=1,
                                                  bias=True, ffn_hidden_size=72, rope_parameters=ROPE)),
    "falcon-sequential": Model("FalconConfig", dict(NOT_FALCONS, multi_query=False, parallel_attn=False, bias=True, rope_parameters=ROPE)),
    "command-r": Model("CohereConfig", dict(use_qk_norm=True, logit_scale=0.25, tie_word_embeddings=True), gguf=True),
    "cohere2": Model("Cohere2Config", dict(num_hidden_layers=4, sliding_window=8, logit_scale=0.25, tie_word_embeddings=True), gguf=True),
    "mamba2": Model("Mamba2Config", MAMBA2, gguf=True),
    "qwen3next": Model("Qwen3NextConfig", dict(QWEN3_NEXT, num_hidden_layers=4), values=PLAIN_GAIN, gguf=True),
    "qwen3next-dense": Model("Qwen3NextConfig", dict(QWEN3_NEXT, num_hidden_layers=3, mlp_only_layers=[0, 2], norm_topk_prob=False,
                                                     layer_types=["full_attention", "linear_attention", "linear_attention"],
                                                     linear_num_key_heads=4, linear_conv_kernel_dim=3), values=PLAIN_GAIN,
                             dtype="bfloat16"),
    "mamba2-limits": Model("Mamba2Config", dict(MAMBA2, n_groups=1, head_dim=8, num_heads=8, conv_kernel=3, use_bias=True, use_conv_bias=False,
                                                time_step_limit=(0.1, 0.7), tie_word_embeddings=True), dtype="bfloat16"),
}
