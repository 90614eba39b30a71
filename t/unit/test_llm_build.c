/* SPDX-License-Identifier: Apache-2.0 */
/* What each kind of provider is sent. */
#include "runner/llm_provider.h"

#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/err.h"
#include "lib/json.h"
#include "t/unit/unit.h"

static struct llm_call calls[] = {
	{ .id = "call_0", .name = "s__look", .args = "{\"n\":9007199254740993}",
	    .result = "{\"ok\":true}" },
	{ .id = "call_1", .name = "s__fix", .args = "{}",
	    .result = "{\"error\":\"no\"}" },
};

static struct llm_message messages[] = {
	{ .content = "it is \"slow\"" },
	{ .by_model = true, .content = "", .calls = calls, .call_count = 2 },
	{ .by_model = true, .content = "done" },
};

static struct llm_tool tools[] = {
	{ .full_name = "s:look", .name = "s__look", .description = "looks",
	    .parameters = "{ \"type\" : \"object\", \"max\":1e400 }" },
};

static char *
quote(const char *text)
{
	char *copy = strdup(text);

	assert_non_null(copy);
	for (char *c = copy; *c != '\0'; c++)
		if (*c == '\'')
			*c = '"';
	return copy;
}

/* Of all that is built, what may differ: url, then the body. */
static void
builds(const char *kind, const char *provider, const char *model, bool stream,
    const char *want_url, const char *want)
{
	char *p = quote(provider), *m = quote(model), *w = quote(want);
	struct json *provider_json = json_parse(p, strlen(p), NULL);
	struct json *model_json = json_parse(m, strlen(m), NULL);
	struct llm_request request = { .provider = provider_json,
	    .model = model_json, .prompt = "You are.", .messages = messages,
	    .message_count = COUNT(messages), .tools = tools,
	    .tool_count = COUNT(tools), .stream = stream };
	struct buf url, body;

	assert_non_null(provider_json);
	assert_non_null(model_json);
	buf_init(&url, 1000);
	buf_init(&body, 10000);
	if (llm_provider(kind)->url(&request, &url) != OK)
		assert_null(want_url);
	else
		assert_string_equal(buf_str(&url), want_url);
	if (*want != '\0') {
		assert_int_equal(llm_provider(kind)->build(&request, &body),
		    OK);
		assert_string_equal(buf_str(&body), w);
	}
	buf_free(&url);
	buf_free(&body);
	json_free(provider_json);
	json_free(model_json);
	free(p);
	free(m);
	free(w);
}

#define MESSAGES "'messages':[{'role':'system','content':'You are.'}," \
	"{'role':'user','content':'it is \\'slow\\''}," \
	"{'role':'assistant','content':'','tool_calls':[{'id':'call_0'," \
	"'type':'function','function':{'name':'s__look'," \
	"'arguments':'{\\'n\\':9007199254740993}'}},{'id':'call_1'," \
	"'type':'function','function':{'name':'s__fix','arguments':'{}'}}]}," \
	"{'role':'tool','tool_call_id':'call_0','content':" \
	"'{\\'ok\\':true}'}," \
	"{'role':'tool','tool_call_id':'call_1','content':" \
	"'{\\'error\\':\\'no\\'}'}," \
	"{'role':'assistant','content':'done'}]"
#define TOOLS ",'tools':[{'type':'function','function':{'name':'s__look'," \
	"'description':'looks','parameters':" \
	"{ 'type' : 'object', 'max':1e400 }}}]"
#define STREAM ",'stream':true,'stream_options':{'include_usage':true}"

static void
test_openai(void **state)
{
	(void)state;
	builds("openai_compat", "{'base_url':'https://api.x.com'}",
	    "{'model':'gpt'}", true, "https://api.x.com/v1/chat/completions",
	    "{'model':'gpt'," MESSAGES TOOLS ",'temperature':0" STREAM "}");
	builds("openai_compat", "{'base_url':'http://h:1/api/v1/'}",
	    "{'model':'o','temperature':null,'max_tokens':99,"
	    "'max_tokens_field':'max_completion_tokens',"
	    "'options':{'reasoning_effort':'low','stop':['a']}}", false,
	    "http://h:1/api/v1/chat/completions",
	    "{'model':'o'," MESSAGES TOOLS ",'max_completion_tokens':99,"
	    "'reasoning_effort':'low','stop':['a']}");
	builds("openai_compat", "{}", "{}", true, NULL, "");
	builds("openai_compat", "{'base_url':''}", "{}", true, NULL, "");
}

static void
test_azure(void **state)
{
	(void)state;
	builds("azure_openai", "{'endpoint':'https://r.openai.azure.com/',"
	    "'api_version':'2024-10-21'}", "{'deployment':'my d/1',"
	    "'model':'gpt','temperature':0.5}", true,
	    "https://r.openai.azure.com/openai/deployments/my%20d%2F1/chat/"
	    "completions?api-version=2024-10-21",
	    "{'model':'my d/1'," MESSAGES TOOLS ",'temperature':0.5" STREAM
	    "}");
	builds("azure_openai", "{'endpoint':'https://r'}",
	    "{'deployment':'d'}", true, "https://r/openai/deployments/d/chat/"
	    "completions?api-version=2024-08-01-preview", "");
	builds("azure_openai", "{'endpoint':'https://r','api_version':'v1'}",
	    "{'deployment':'d'}", true, "https://r/openai/v1/chat/completions",
	    "{'model':'d'," MESSAGES TOOLS ",'temperature':0" STREAM "}");
	builds("azure_openai", "{'endpoint':'https://r',"
	    "'api_version':'preview'}", "{'deployment':'d'}", true,
	    "https://r/openai/v1/chat/completions?api-version=preview", "");
	builds("azure_openai", "{'endpoint':'https://r'}", "{}", true, NULL,
	    "");
	builds("azure_openai", "{}", "{'deployment':'d'}", true, NULL, "");
}

#define OLLAMA "'messages':[{'role':'system','content':'You are.'}," \
	"{'role':'user','content':'it is \\'slow\\''}," \
	"{'role':'assistant','content':'','tool_calls':[{'id':'call_0'," \
	"'function':{'index':0,'name':'s__look'," \
	"'arguments':{'n':9007199254740993}}},{'id':'call_1'," \
	"'function':{'index':1,'name':'s__fix','arguments':{}}}]}," \
	"{'role':'tool','tool_name':'s__look','tool_call_id':'call_0'," \
	"'content':'{\\'ok\\':true}'}," \
	"{'role':'tool','tool_name':'s__fix','tool_call_id':'call_1'," \
	"'content':'{\\'error\\':\\'no\\'}'}," \
	"{'role':'assistant','content':'done'}]"

static void
test_ollama(void **state)
{
	(void)state;
	builds("ollama", "{'base_url':'http://h:11434/'}", "{'model':'q'}",
	    true, "http://h:11434/api/chat", "{'model':'q'," OLLAMA TOOLS
	    ",'stream':true,'truncate':false,'shift':false,"
	    "'options':{'num_ctx':8192,'temperature':0}}");
	builds("ollama", "{'base_url':'http://h'}", "{'model':'q',"
	    "'num_ctx':32768,'temperature':null,'max_tokens':100,"
	    "'keep_alive':'10m','think':'low','options':{'top_k':5}}", false,
	    "http://h/api/chat", "{'model':'q'," OLLAMA TOOLS
	    ",'stream':false,'truncate':false,'shift':false,"
	    "'keep_alive':'10m','think':'low',"
	    "'options':{'num_ctx':32768,'num_predict':100,'top_k':5}}");
	builds("ollama", "{}", "{}", true, NULL, "");
}

static void
test_table(void **state)
{
	(void)state;
	assert_null(llm_provider("script"));
	assert_null(llm_provider(""));
	assert_string_equal(llm_provider("azure_openai")->kind,
	    "azure_openai");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_openai),
		cmocka_unit_test(test_azure),
		cmocka_unit_test(test_ollama),
		cmocka_unit_test(test_table),
	};

	return cmocka_run_group_tests_name("llm_build", tests, NULL, NULL);
}
