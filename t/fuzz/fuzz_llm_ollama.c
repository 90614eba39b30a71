/* SPDX-License-Identifier: Apache-2.0 */
#include "t/fuzz/llm_reply.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_reply(&llm_ollama, data, size);
}
