/* SPDX-License-Identifier: Apache-2.0 */
/* What the fuzz targets of the API share; see t/unit/api_fixture.h. */
#ifndef T_FUZZ_FUZZ_API_H
#define T_FUZZ_FUZZ_API_H

#include "t/unit/api_fixture.h"

/* fuzz_api_open returns an API with a session that waits; closed at exit. */
struct api *fuzz_api_open(void);

/* fuzz_api_check aborts unless the last answer, with this status, is sound. */
void fuzz_api_check(struct api *a, int status);

#endif
