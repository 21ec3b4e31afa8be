/* SPDX-License-Identifier: Apache-2.0 */
#include "report/timestamp.h"

#include <string.h>

#define YEAR_9999_END UINT64_C(253402300799999999)

struct date {
    uint32_t year, month, day;
};

/* Days since 1970-01-01 to the Gregorian calendar, in years that begin in March, so that the day
 * that may be missing is the last. */
static struct date date_of_days(uint32_t days)
{
    uint32_t shifted = days + 719468; /* from 0000-03-01 */
    uint32_t era = shifted / 146097, of_era = shifted % 146097;
    uint32_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    uint32_t of_year = of_era - (365 * year + year / 4 - year / 100);
    uint32_t month = (5 * of_year + 2) / 153; /* March = 0 */
    struct date date = {.day = of_year - (153 * month + 2) / 5 + 1,
                        .month = month < 10 ? month + 3 : month - 9};

    date.year = year + era * 400 + (date.month <= 2);
    return date;
}

static inline void two_digits(char *at, uint32_t value)
{
    at[0] = (char)('0' + value / 10);
    at[1] = (char)('0' + value % 10);
}

size_t timestamp_text(uint64_t us, char text[TIMESTAMP_TEXT])
{
    static const char form[] = "0000-00-00T00:00:00.000000+0000";
    uint64_t bounded = us < YEAR_9999_END ? us : YEAR_9999_END;
    uint64_t seconds = bounded / 1000000;
    uint32_t of_day = (uint32_t)(seconds % 86400), of_second = (uint32_t)(bounded % 1000000);
    struct date date = date_of_days((uint32_t)(seconds / 86400));

    memcpy(text, form, sizeof form);
    two_digits(text, date.year / 100);
    two_digits(text + 2, date.year % 100);
    two_digits(text + 5, date.month);
    two_digits(text + 8, date.day);
    two_digits(text + 11, of_day / 3600);
    two_digits(text + 14, of_day / 60 % 60);
    two_digits(text + 17, of_day % 60);
    two_digits(text + 20, of_second / 10000);
    two_digits(text + 22, of_second / 100 % 100);
    two_digits(text + 24, of_second % 100);
    return sizeof form - 1;
}
