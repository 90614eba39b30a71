/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Replies of each kind of provider, piece by piece, and what they amount to:
 * "content|calls|tokens" or "fault: why".
 */
#include "runner/llm_reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/err.h"
#include "t/unit/unit.h"

static const char *const faults[] = {
	[REPLY_FINAL] = "final", [REPLY_TRANSIENT] = "transient",
	[REPLY_EMPTY] = "empty", [REPLY_GARBLED] = "garbled",
};

static const struct llm_tool tools[] = {
	{ .full_name = "s:look", .name = "s__look" },
	{ .full_name = "s:fix", .name = "s__fix" },
};

#define END "{'choices':[{'delta':{},'finish_reason':'stop'}]}\n[DONE]"
#define CALLS_END \
	"{'choices':[{'delta':{},'finish_reason':'tool_calls'}]}\n[DONE]"
#define CALL(index, id, name, args) "{'choices':[{'delta':{'tool_calls':[{" \
	index id "'function':{" name "'arguments':'" args "'}}]}}]}\n"

/* Each line is one event; ' is ", and ` is \". */
static const struct { const char *what, *events, *want; } openai[] = {
	{ "text in pieces",
	    "{'choices':[{'delta':{'role':'assistant','content':''}}]}\n"
	    "{'choices':[{'delta':{'content':'I lo'}}]}\n"
	    "{'choices':[{'delta':{'content':'ok'},'finish_reason':null}]}\n"
	    "{'choices':[{'delta':{},'finish_reason':'stop'}],'usage':null}\n"
	    "{'choices':[],'usage':{'prompt_tokens':12,"
	    "'completion_tokens':3}}\n[DONE]", "I look|[]|12+3" },
	{ "a whole reply, not streamed",
	    "{'choices':[{'index':0,'finish_reason':'tool_calls','message':"
	    "{'role':'assistant','content':null,'tool_calls':[{'id':'c1',"
	    "'type':'function','function':{'name':'s__look',"
	    "'arguments':'{`n`:9007199254740993}'}}]}}],"
	    "'usage':{'prompt_tokens':1,'completion_tokens':2}}",
	    "|[{'id':'c1','name':'s:look','args':{'n':9007199254740993}}]"
	    "|1+2" },
	{ "a call in pieces, digits kept",
	    CALL("'index':0,", "'id':'c1',", "'name':'s__fix',", "")
	    CALL("'index':0,", "", "", "{`n`:90071")
	    CALL("'index':0,", "", "", "99254740993}") CALLS_END,
	    "|[{'id':'c1','name':'s:fix','args':{'n':9007199254740993}}]|0+0" },
	{ "two calls, interleaved",
	    CALL("'index':0,", "'id':'a',", "'name':'s__look',", "{`a`:")
	    CALL("'index':1,", "'id':'b',", "'name':'s__fix',", "{`b`:")
	    CALL("'index':0,", "", "", "1}") CALL("'index':1,", "", "", "2}")
	    CALLS_END,
	    "|[{'id':'a','name':'s:look','args':{'a':1}},"
	    "{'id':'b','name':'s:fix','args':{'b':2}}]|0+0" },
	{ "one index for all: a new id is a new call",
	    CALL("'index':0,", "'id':'a',", "'name':'s__look',", "{}")
	    CALL("'index':0,", "'id':'b',", "'name':'s__look',", "{`b`:")
	    CALL("'index':0,", "", "", "2}") CALLS_END,
	    "|[{'id':'a','name':'s:look','args':{}},"
	    "{'id':'b','name':'s:look','args':{'b':2}}]|0+0" },
	{ "the id and the name in each piece",
	    CALL("'index':0,", "'id':'a',", "'name':'s__look',", "{")
	    CALL("'index':0,", "'id':'a',", "'name':'s__look',", "}")
	    CALLS_END, "|[{'id':'a','name':'s:look','args':{}}]|0+0" },
	{ "no index: each call is whole",
	    CALL("", "", "'name':'s__look',", "{`a`:1}")
	    CALL("", "", "'name':'s__fix',", "{`b`:2}") CALLS_END,
	    "|[{'id':'','name':'s:look','args':{'a':1}},"
	    "{'id':'','name':'s:fix','args':{'b':2}}]|0+0" },
	{ "one id for two calls, which stay two",
	    CALL("'index':0,", "'id':'a',", "'name':'s__look',", "{}")
	    CALL("'index':1,", "'id':'a',", "'name':'s__fix',", "{}")
	    CALLS_END, "|[{'id':'a','name':'s:look','args':{}},"
	    "{'id':'a','name':'s:fix','args':{}}]|0+0" },
	{ "a call without a name",
	    CALL("'index':0,", "'id':'a',", "", "{}") CALLS_END,
	    "|[{'id':'a','name':'','args':{}}]|0+0" },
	{ "an index of no sense",
	    CALL("'index':-1,", "'id':'a',", "'name':'s__look',", "{")
	    CALL("'index':1e99,", "", "", "}") CALLS_END,
	    "|[{'id':'a','name':'s:look','args':{}}]|0+0" },
	{ "a call and harmony beside it",
	    "{'choices':[{'delta':{'content':'<|channel|>analysis<|message|>"
	    "hm<|end|>'}}]}\n"
	    CALL("'index':0,", "'id':'a',", "'name':'s__look',", "{}")
	    CALLS_END, "|[{'id':'a','name':'s:look','args':{}}]|0+0" },
	{ "arguments that are not JSON",
	    CALL("'index':0,", "'id':'a',", "'name':'s__look',", "{`a`:}")
	    CALLS_END, "|[{'id':'a','name':'s:look','args':{},'error':"
	    "'arguments are not valid JSON: expected a value at byte 5',"
	    "'written':'{`a`:}'}]|0+0" },
	{ "two objects glued",
	    CALL("'index':0,", "'id':'a',", "'name':'s__look',", "{}{}")
	    CALLS_END, "|[{'id':'a','name':'s:look','args':{},'error':"
	    "'arguments are not valid JSON: text after the value at byte 2',"
	    "'written':'{}{}'}]|0+0" },
	{ "no arguments at all",
	    CALL("'index':0,", "'id':'a',", "'name':'s__look',", " ")
	    CALLS_END, "|[{'id':'a','name':'s:look','args':{}}]|0+0" },
	{ "arguments that are no object are for the policy to refuse",
	    CALL("'index':0,", "'id':'a',", "'name':'s__look',", "[1]")
	    CALLS_END, "|[{'id':'a','name':'s:look','args':[1]}]|0+0" },
	{ "a name with a harmony tail, and one with a prefix",
	    CALL("'index':0,", "'id':'a',",
		"'name':'s__look<|channel|>commentary',", "{}")
	    CALL("'index':1,", "'id':'b',", "'name':' functions.s__fix ',",
		"{}") CALLS_END, "|[{'id':'a','name':'s:look','args':{}},"
	    "{'id':'b','name':'s:fix','args':{}}]|0+0" },
	{ "an unknown name stays",
	    CALL("'index':0,", "'id':'a',", "'name':'rm',", "{}") CALLS_END,
	    "|[{'id':'a','name':'rm','args':{}}]|0+0" },
	{ "Azure's additions",
	    "{'choices':[],'prompt_filter_results':[{'prompt_index':0}]}\n"
	    "{'choices':[{'delta':{'content':'x'}}]}\n"
	    "{'choices':[{'index':0,'content_filter_offsets':{},"
	    "'finish_reason':null}]}\n" END, "x|[]|0+0" },
	{ "reasoning is not said",
	    "{'choices':[{'delta':{'reasoning_content':'hm',"
	    "'content':null}}]}\n"
	    "{'choices':[{'delta':{'reasoning':'hm','content':'x'}}]}\n" END,
	    "x|[]|0+0" },
	{ "content in parts",
	    "{'choices':[{'delta':{'content':[{'type':'text','text':'a'},"
	    "{'type':'x'},{'type':'text','text':'b'}]}}]}\n" END,
	    "ab|[]|0+0" },
	{ "harmony: only the final channel",
	    "{'choices':[{'delta':{'content':'<|channel|>analysis<|message|>no"
	    "<|end|><|start|>assistant<|channel|>final<|message|>yes"
	    "<|return|>'}}]}\n" END, "yes|[]|0+0" },
	{ "harmony without marks",
	    "{'choices':[{'delta':{'content':'analysisLet us see."
	    "assistantfinalYes.'}}]}\n" END, "Yes.|[]|0+0" },
	{ "harmony: a call that was never one",
	    "{'choices':[{'delta':{'content':'<|channel|>commentary "
	    "to=functions.s__fix <|message|>{}<|call|>'}}]}\n" END,
	    "garbled: garbled_reply: the model leaked its inner format" },
	{ "nothing", END, "empty: empty_reply: the model said nothing" },
	{ "blanks", "{'choices':[{'delta':{'content':' \\n'}}]}\n" END,
	    "empty: empty_reply: the model said nothing" },
	{ "a refusal",
	    "{'choices':[{'delta':{'refusal':'I will'}}]}\n"
	    "{'choices':[{'delta':{'refusal':' not'}}]}\n" END,
	    "final: the model refused: I will not" },
	{ "a content filter",
	    "{'choices':[{'delta':{'content':'x'},"
	    "'finish_reason':'content_filter'}]}\n[DONE]",
	    "final: refused: the provider's content filter stopped the reply" },
	{ "text cut at its length",
	    "{'choices':[{'delta':{'content':'x'},'finish_reason':'length'}]}\n"
	    "[DONE]", "final: the reply was cut at its length limit "
	    "(max_tokens, num_predict or the context)" },
	{ "a call cut at its length",
	    CALL("'index':0,", "'id':'a',", "'name':'s__look',", "{}")
	    CALL("'index':1,", "'id':'b',", "'name':'s__fix',", "{`a`:1")
	    "{'choices':[{'delta':{},'finish_reason':'length'}]}\n[DONE]",
	    "|[{'id':'a','name':'s:look','args':{}},"
	    "{'id':'b','name':'s:fix','args':{},'error':'arguments are not "
	    "valid JSON: expected a comma or a bracket at byte 6; the reply "
	    "was cut at its length limit','written':'{`a`:1'}]|0+0" },
	{ "no end mark",
	    "{'choices':[{'delta':{'content':'x'},'finish_reason':'stop'}]}",
	    "transient: the reply was cut off" },
	{ "no finish reason", "{'choices':[{'delta':{'content':'x'}}]}\n[DONE]",
	    "transient: the reply was cut off" },
	{ "no JSON", "{'choices':[", "stopped -3" },
	{ "bad UTF-8", "{'choices':[{'delta':{'content':'\xff'}}]}",
	    "stopped -3" },
	{ "an error within", "{'choices':[{'delta':{'content':'x'}}]}\n"
	    "{'error':{'message':'m','code':'server_error'}}", "stopped -5" },
};

static const struct { const char *what, *events, *want; } ollama[] = {
	{ "text in pieces",
	    "{'message':{'role':'assistant','content':'I lo'},'done':false}\n"
	    "{'message':{'role':'assistant','content':'ok'},'done':false}\n"
	    "{'message':{'content':''},'done':true,'done_reason':'stop',"
	    "'prompt_eval_count':12,'eval_count':3}", "I look|[]|12+3" },
	{ "calls spread over lines, digits kept, one index for all",
	    "{'message':{'content':'','tool_calls':[{'function':{'index':0,"
	    "'name':'s__look','arguments':{'n': 9007199254740993}}}]}}\n"
	    "{'message':{'content':'','tool_calls':[{'id':'x','function':"
	    "{'index':0,'name':'s__fix','arguments':{'f':0.30000000000000004"
	    "}}},{'function':{'name':'s__fix','arguments':{}}}]}}\n"
	    "{'message':{'content':''},'done':true,'done_reason':'stop'}",
	    "|[{'id':'','name':'s:look','args':{'n': 9007199254740993}},"
	    "{'id':'x','name':'s:fix','args':{'f':0.30000000000000004}},"
	    "{'id':'','name':'s:fix','args':{}}]|0+0" },
	{ "no arguments", "{'message':{'tool_calls':[{'function':{'name':"
	    "'s__look'}},{'function':{'name':'s__look','arguments':null}}]},"
	    "'done':true}", "|[{'id':'','name':'s:look','args':{}},"
	    "{'id':'','name':'s:look','args':{}}]|0+0" },
	{ "arguments in a string", "{'message':{'tool_calls':[{'function':"
	    "{'name':'s__look','arguments':'{`a`:1}'}}]},'done':true}",
	    "|[{'id':'','name':'s:look','args':{'a':1}}]|0+0" },
	{ "thinking is not said",
	    "{'message':{'content':'','thinking':'hm'}}\n"
	    "{'message':{'content':'x'},'done':true}", "x|[]|0+0" },
	{ "cut at its length", "{'message':{'content':'x'},'done':true,"
	    "'done_reason':'length'}", "final: the reply was cut at its "
	    "length limit (max_tokens, num_predict or the context)" },
	{ "loaded, nothing said", "{'message':{'content':''},'done':true,"
	    "'done_reason':'load'}",
	    "empty: empty_reply: the model said nothing" },
	{ "no end", "{'message':{'content':'x'},'done':false}",
	    "transient: the reply was cut off" },
	{ "an error within", "{'message':{'content':'x'}}\n"
	    "{'error':'an error was encountered'}", "stopped -5" },
	{ "no JSON", "{'message'", "stopped -3" },
};

/* ' becomes " and ` becomes \"; the caller frees. */
static char *
unquote(const char *text)
{
	char *out = malloc(2 * strlen(text) + 1), *at = out;

	assert_non_null(out);
	for (; *text != '\0'; text++) {
		if (*text == '`')
			*at++ = '\\';
		*at++ = *text == '\'' || *text == '`' ? '"' : *text;
	}
	*at = '\0';
	return out;
}

static void
describe(const struct reply *reply, struct buf *out)
{
	if (reply->error != NULL)
		buf_addf(out, "%s: %s", faults[reply->fault], reply->error);
	else
		buf_addf(out, "%s|%s|%lld+%lld", reply->content,
		    reply->tool_calls, (long long)reply->input_tokens,
		    (long long)reply->output_tokens);
}

static void
check(const struct llm_provider *provider, const char *what,
    const char *quoted, const char *want_quoted)
{
	char *events = unquote(quoted), *line, *rest = events;
	char *want = unquote(want_quoted);
	struct llm_reply raw;
	struct reply reply = { 0 };
	struct buf got;
	int rc = OK;

	llm_reply_init(&raw);
	buf_init(&got, 100000);
	while (rc == OK && (line = strsep(&rest, "\n")) != NULL)
		rc = provider->take(&raw, line, strlen(line));
	if (rc == OK) {
		llm_reply_finish(&raw, tools, COUNT(tools), &reply);
		describe(&reply, &got);
	} else {
		buf_addf(&got, "stopped %d", rc);
	}
	/* The quote of "provider's" is one. */
	if (strcmp(buf_str(&got), want) != 0 &&
	    strcmp(buf_str(&got), want_quoted) != 0)
		fail_msg("%s: %s", what, buf_str(&got));
	llm_reply_free(&raw);
	free(reply.content);
	free(reply.tool_calls);
	free(reply.error);
	buf_free(&got);
	free(events);
	free(want);
}

static void
test_openai(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(openai); i++)
		check(llm_provider("openai_compat"), openai[i].what,
		    openai[i].events, openai[i].want);
}

static void
test_ollama(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(ollama); i++)
		check(llm_provider("ollama"), ollama[i].what,
		    ollama[i].events, ollama[i].want);
}

/* What Ollama has left out in silence: by bytes sent and tokens read. */
static void
test_lost(void **state)
{
	static const struct { int bytes, read; bool lost; } rows[] = {
		{ 40000, 4096, true },		/* cut to half the window */
		{ 40000, 6666, true }, { 40000, 6667, false },
		{ 32768, 1, false },		/* it fits */
		{ 32772, 1, true }, { 40000, 0, false }, { 0, 0, false },
	};
	static char text[40001];
	struct llm_call call = { .args = "", .result = "" };
	struct llm_message message = { .content = "", .calls = &call,
		.call_count = 1 };
	struct llm_request request = { .prompt = "", .message_count = 1,
		.messages = &message };
	const char **const places[] = { &request.prompt, &message.content,
		&call.args, &call.result };
	struct llm_reply reply = { 0 };
	struct buf why;

	(void)state;
	buf_init(&why, 1000);
	for (size_t i = 0; i < COUNT(rows); i++)
		for (size_t j = 0; j < COUNT(places); j++) {
			memset(text, 'x', sizeof(text));
			text[rows[i].bytes] = '\0';
			*places[j] = text;
			reply.input_tokens = rows[i].read;
			if (llm_ollama.lost(&request, &reply, &why) !=
			    rows[i].lost)
				fail_msg("%d bytes, %d read, in %zu",
				    rows[i].bytes, rows[i].read, j);
			*places[j] = "";
		}
	assert_non_null(strstr(buf_str(&why),
	    "of about 10000 tokens it has read 4096; num_ctx is 8192"));
	buf_free(&why);
	assert_null(llm_openai.lost);
	assert_null(llm_azure.lost);
}

/* Too many calls, too much text: an end, not a flood. */
static void
test_limits(void **state)
{
	static const char call[] = "{\"message\":{\"tool_calls\":[{"
	    "\"function\":{\"name\":\"x\"}}]}}";
	static char text[LLM_CONTENT_MAX / 4];
	struct llm_reply raw;
	int rc = OK, n = 0;

	(void)state;
	llm_reply_init(&raw);
	for (; rc == OK; n++)
		rc = llm_ollama.take(&raw, call, strlen(call));
	assert_int_equal(rc, E_TOOBIG);
	assert_int_equal(n, LLM_CALLS_MAX + 1);
	llm_reply_free(&raw);
	llm_reply_init(&raw);
	snprintf(text, sizeof(text), "{\"message\":{\"content\":\"%0*d\"}}",
	    (int)sizeof(text) - 64, 0);
	for (rc = OK, n = 0; rc == OK; n++)
		rc = llm_ollama.take(&raw, text, strlen(text));
	assert_int_equal(rc, E_TOOBIG);
	assert_int_equal(n, 5);
	llm_reply_free(&raw);
	llm_reply_init(&raw);
	snprintf(text, sizeof(text), "{\"choices\":[{\"delta\":{"
	    "\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":"
	    "\"%0*d\"}}]}}]}", (int)sizeof(text) - 96, 0);
	for (rc = OK, n = 0; rc == OK; n++)
		rc = llm_openai.take(&raw, text, strlen(text));
	assert_int_equal(rc, E_TOOBIG);
	assert_int_equal(n, 5);
	llm_reply_free(&raw);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_openai),
		cmocka_unit_test(test_ollama),
		cmocka_unit_test(test_lost),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests_name("llm_reply", tests, NULL, NULL);
}
