# SPDX-License-Identifier: Apache-2.0
#
# Makes the description of the API (OpenAPI 3.1) from the table of routes and
# what its words name.
#   -v mode=json    the description
#   -v mode=c       the same, as the constant of fcgi/openapi.c
#   -v version=...  of the program
# Takes fcgi/api/*.json, each an object of named parts, one tab before a name,
# and then fcgi/routes.def, which says what its arguments are. A word that is
# not known ends it with status 1.

function fail(text) {
	print FILENAME ":" FNR ": " text >"/dev/stderr"
	failed = 1
	exit 1
}

function put(line) {
	if (mode == "c") {
		sub(/^\t+/, "", line)
		gsub(/\\/, "\\\\&", line)
		gsub(/"/, "\\\"", line)
		line = "\t\"" line "\\n\""
	}
	print line
}

function put_lines(text,    lines, count, i) {
	count = split(text, lines, "\n")
	for (i = 1; i <= count; i++)
		if (lines[i] != "")
			put(lines[i])
}

function known(section, name) {
	return (section, name) in names
}

function refer(section, name) {
	if (!known(section, name))
		fail("not in fcgi/api/, " section ": \"" name "\"")
	return "{\"$ref\": \"#/components/" section "/" name "\"}"
}

# ---- one operation

# What a role is in the terms of OpenAPI: one of these ways to be known.
function security(role,    scope) {
	if (role == "ROUTE_OPEN")
		return "[]"
	scope = role == "ROUTE_KNOWN" ? "" : \
		"\"" tolower(substr(role, 6)) "\""
	return "[{\"bearer\": [" scope "]}, {\"cookie\": [" scope "]}]"
}

# An Idempotency-Key, as once_asked of fcgi/once.c.
function takes_key(method, role) {
	return method == "POST" && role ~ /^ROLE_/
}

# Those of the path, those that follow from method and role, the table's own.
function parameters(method, path, role, own,    text, name) {
	while (match(path, /[{][a-z]+[}]/)) {
		name = substr(path, RSTART + 1, RLENGTH - 2)
		text = text "path" toupper(substr(name, 1, 1)) substr(name, 2) " "
		path = substr(path, RSTART + RLENGTH)
	}
	text = text own
	if (takes_key(method, role))
		text = text " Idempotency-Key"
	if (method != "GET")
		text = text " X-Gatehouse-CSRF"
	return list("parameters", text)
}

function list(section, words,    word, count, i, text) {
	count = split(words, word, " ")
	for (i = 1; i <= count; i++)
		text = text (i > 1 ? ", " : "") refer(section, word[i])
	return "[" text "]"
}

function request_body(body,    required) {
	required = !sub(/\?$/, "", body)
	return "{\"required\": " (required ? "true" : "false") \
		", \"content\": {\"application/json\": {\"schema\": " \
		refer("schemas", body) "}}}"
}

function content(word) {
	if (word ~ /\//)
		return "\"" word "\": {\"schema\": {\"type\": \"string\"}}"
	if (sub(/^sse:/, "", word))
		return "\"text/event-stream\": {\"schema\": " \
			"{\"type\": \"string\"}, \"x-event\": " \
			refer("schemas", word) "}"
	if (gsub(/[][]/, "", word))
		return "\"application/json\": {\"schema\": {\"type\": " \
			"\"array\", \"items\": " refer("schemas", word) "}}"
	return "\"application/json\": {\"schema\": " refer("schemas", word) "}"
}

function answer(words, summary,    word, count, i, headers, contents) {
	count = split(words, word, " ")
	headers = "\"X-Request-Id\": " refer("headers", "X-Request-Id")
	for (i = 2; i <= count; i++)
		if (known("headers", word[i]))
			headers = headers ", \"" word[i] "\": " \
				refer("headers", word[i])
		else
			contents = contents (contents != "" ? ", " : "") \
				content(word[i])
	return "\"" word[1] "\": {\"description\": \"" summary \
		"\", \"headers\": {" headers "}" \
		(contents != "" ? ", \"content\": {" contents "}" : "") "}"
}

# What follows from method, role, path and parameters, and the table's own.
function refusals(method, path, role, own, also,    word, count, i, text, has,
		status) {
	text = "403 422 500 503 default " also
	if (role != "ROUTE_OPEN")
		text = text " 401 429"
	if (path ~ /[{]/)
		text = text " 404"
	if (method != "GET")
		text = text " 413 415"
	if (takes_key(method, role))
		text = text " 409-key"
	if (own ~ /If-None-Match/)
		text = text " 304"
	count = split(text, word, " ")
	text = ""
	for (i = 1; i <= count; i++) {
		status = word[i]
		sub(/-.*/, "", status)
		if (status in has)
			fail("follows by itself: \"" status "\"")
		has[status] = 1
		text = text ", \"" status "\": " refer("responses", word[i])
	}
	return text
}

# The arguments: 1 method 2 path 3 handler 4 role 5 scope 6 operation 7 tag
# 8 summary 9 parameters 10 body 11 answer 12 refusals.
function operation(arg,    text) {
	if (arg[6] in operations)
		fail("twice: \"" arg[6] "\"")
	operations[arg[6]] = 1
	if (arg[11] == "")
		fail("no answer")
	if (!known("tags", arg[7]))
		fail("not a tag in fcgi/api/head.json: \"" arg[7] "\"")
	text = "\t\t\"" tolower(arg[1]) "\": {\n" \
		"\t\t\t\"operationId\": \"" arg[6] "\",\n" \
		"\t\t\t\"tags\": [\"" arg[7] "\"],\n" \
		"\t\t\t\"summary\": \"" arg[8] "\",\n" \
		"\t\t\t\"security\": " security(arg[4]) ",\n" \
		"\t\t\t\"parameters\": " \
		parameters(arg[1], arg[2], arg[4], arg[9]) ",\n"
	if (arg[7] == "legacy")
		text = text "\t\t\t\"deprecated\": true,\n"
	if (arg[10] != "")
		text = text "\t\t\t\"requestBody\": " \
			request_body(arg[10]) ",\n"
	text = text "\t\t\t\"responses\": {" answer(arg[11], arg[8]) \
		refusals(arg[1], arg[2], arg[4], arg[9], arg[12]) "}\n\t\t}"
	if (!(arg[2] in paths))
		order[++path_count] = arg[2]
	paths[arg[2]] = paths[arg[2]] \
		(paths[arg[2]] != "" ? ",\n" : "") text
}

# Words and strings with commas between; strings on lines that follow each
# other without one are one string.
function row(text,    arg, count, word) {
	while (match(text, /"[^"]*"|[A-Za-z_]+/)) {
		word = substr(text, RSTART, RLENGTH)
		gsub(/"/, "", word)
		arg[++count] = word
		text = substr(text, RSTART + RLENGTH)
	}
	if (count != 12)
		fail(count " arguments, not 12")
	operation(arg)
}

# ---- the files

FNR == 1 {
	section = FILENAME
	sub(/.*\//, "", section)
	sub(/\.json$/, "", section)
	if (section !~ /^(head|parameters|headers|responses|securitySchemes)$/)
		section = "schemas"
}

FILENAME ~ /\.json$/ {
	if (section == "head" && match($0, /"name": "[a-z]+"/))
		names["tags", substr($0, RSTART + 9, RLENGTH - 10)] = 1
	else if (match($0, /^\t"[^"]+"/))
		names[section, substr($0, 3, RLENGTH - 3)] = 1
	if ($0 == "}")
		parts[section] = parts[section] ",\n"
	else if ($0 != "{")
		parts[section] = parts[section] \
			(parts[section] ~ /,\n$/ || parts[section] == "" ? \
			"" : "\n") $0
	next
}

/^(ROUTE|LISTEN)\(/ {
	sub(/^[A-Z]+\(/, "")
	call = ""
	inside = 1
}

!inside && /(ROUTE|LISTEN)\(/ && !/^ \*/ { fail("not at the start of a line") }

inside {
	line = $0
	sub(/^[ \t]+/, "", line)
	if (call ~ /"$/ && line ~ /^"/)
		call = substr(call, 1, length(call) - 1) substr(line, 2)
	else
		call = call line
	if (call ~ /\)$/) {
		inside = 0
		row(call)
	}
}

END {
	if (failed)
		exit 1
	if (mode == "c")
		print "/* Generated by fcgi/api/openapi.awk. */\n" \
			"#include \"fcgi/openapi.h\"\n\n" \
			"const char openapi_json[] ="
	gsub(/@VERSION@/, version, parts["head"])
	put("{")
	put_lines(parts["head"])
	put("\t\"paths\": {")
	for (i = 1; i <= path_count; i++)
		put_lines("\t\"" order[i] "\": {\n" paths[order[i]] "\n\t}" \
			(i < path_count ? "," : ""))
	put("\t},")
	put("\t\"components\": {")
	count = split("parameters headers responses securitySchemes schemas",
		section_names, " ")
	for (i = 1; i <= count; i++) {
		section = section_names[i]
		sub(/,\n$/, "", parts[section])
		put("\t\"" section "\": {")
		put_lines(parts[section])
		put("\t}" (i < count ? "," : ""))
	}
	put("\t}")
	put("}")
	if (mode == "c")
		print "\t;"
}
