/* SPDX-License-Identifier: Apache-2.0 */
/* The description of the API, made by fcgi/api/openapi.awk. */
#ifndef FCGI_OPENAPI_H
#define FCGI_OPENAPI_H

extern const char openapi_json[];	/* OpenAPI 3.1 */

#endif
