@@ Statements of applications, drivers and tools. None of them may raise anything.
@@ The format is that of attacks.sql; lines with one sign say the dialect.

@mysql
SET NAMES utf8mb4 COLLATE utf8mb4_unicode_ci

SET autocommit=0

SELECT @@version_comment LIMIT 1

/* mysql-connector-java-8.0.33 (Revision: 7d6b0800528b6b25c68b52dc10d6c1c8429c100c) */SELECT  @@session.auto_increment_increment AS auto_increment_increment, @@character_set_client AS character_set_client, @@character_set_connection AS character_set_connection, @@character_set_results AS character_set_results, @@collation_server AS collation_server, @@init_connect AS init_connect, @@sql_mode AS sql_mode, @@system_time_zone AS system_time_zone, @@time_zone AS time_zone, @@transaction_isolation AS transaction_isolation, @@wait_timeout AS wait_timeout

SHOW VARIABLES LIKE 'sql_mode'

SHOW FULL TABLES FROM `shop` LIKE 'PROBABLYNOT'

SHOW CREATE TABLE `orders`

SELECT option_name, option_value FROM wp_options WHERE autoload = 'yes'

SELECT SQL_CALC_FOUND_ROWS  wp_posts.ID FROM wp_posts  WHERE 1=1  AND wp_posts.post_type = 'post' AND (wp_posts.post_status = 'publish' OR wp_posts.post_status = 'private')  ORDER BY wp_posts.post_date DESC LIMIT 0, 10

SELECT wp_posts.* FROM wp_posts WHERE 1=1 AND (((wp_posts.post_title LIKE '%don\'t%') OR (wp_posts.post_excerpt LIKE '%don\'t%') OR (wp_posts.post_content LIKE '%don\'t%')))  AND (wp_posts.post_password = '')  ORDER BY wp_posts.post_title LIKE '%don\'t%' DESC

SELECT t.*, tt.* FROM wp_terms AS t INNER JOIN wp_term_taxonomy AS tt ON t.term_id = tt.term_id WHERE tt.taxonomy IN ('category') AND t.slug = 'a--b' ORDER BY t.name ASC

INSERT INTO `comments` (`author`, `text`) VALUES ('O\'Brien', 'I tried \' OR 1=1 -- and UNION SELECT 1,2,3 FROM information_schema.tables; it did not work')

INSERT INTO comments (author, text) VALUES ('O''Brien', 'x'' OR ''1''=''1'' -- sleep(5) /* benchmark(1000000,1) */')

INSERT INTO t (a, b) VALUES (1, 'DROP TABLE students;--'), (2, '; EXEC xp_cmdshell #')

SELECT * FROM customers WHERE (name = 'x' OR 'x' = '')

SELECT * FROM customers WHERE (status = 'all' OR 'all' = 'all') AND region = 'EU'

SELECT * FROM customers WHERE ('' = '' OR name LIKE '%%') AND (5 = 0 OR type = 5)

SELECT * FROM customers WHERE (1=1 AND a=1) OR (1=1 AND b=2)

SELECT * FROM customers WHERE a = 1 AND ('all' = 'all' AND region = 'EU') AND 500 > 100

SELECT CASE WHEN 500 > 100 THEN 'a' ELSE 'b' END FROM t WHERE a = 1 AND 2024 >= 2020

CREATE TABLE c (a CHAR(40), b CHAR(50), c CHAR(60), d CHAR(70), e CHAR(80))

UPDATE pics SET img = LOAD_FILE('/srv/upload/1.png') WHERE id = 5

SELECT a FROM t WHERE a = 5; DROP TABLE IF EXISTS tmp_5

SELECT a FROM t WHERE a = 5; DROP TABLE tmp_5

SELECT * FROM a WHERE 1=0 UNION SELECT id FROM b

SELECT id, name FROM country WHERE active=1 UNION SELECT 0, 'All' ORDER BY name

SELECT 'a' AS k, 1 AS v UNION ALL SELECT 'b', 2 UNION ALL SELECT 'c', 3

SELECT id, total, NULL AS refund FROM orders WHERE day='2024-01-01' UNION ALL SELECT id, NULL, amount FROM refunds WHERE day='2024-01-01'

SELECT 1, name, 3 FROM t1 WHERE id=1 UNION ALL SELECT 1, name, 3 FROM t2 WHERE id=2

SELECT SLEEP_TIME, sleep FROM jobs WHERE benchmark > 10000

SELECT * FROM orders WHERE id = 5 -- the one that matters

SELECT * FROM orders WHERE status = 'open' -- only those which aren't shipped

SELECT `users`.* FROM `users` WHERE `users`.`id` = 1 LIMIT 1 /*application:Shop,controller:users,action:show*/

SELECT `django_session`.`session_key` FROM `django_session` WHERE (`django_session`.`expire_date` > '2024-01-01 00:00:00' AND `django_session`.`session_key` = 'x') LIMIT 21 /*controller='index',framework='django%3A4.2',route='%5E%24',traceparent='00-5bd66ef5095369c7b0d1f8f4bd33716a-c532cb4098ac3dd2-01'*/

/*!40101 SET @OLD_CHARACTER_SET_CLIENT=@@CHARACTER_SET_CLIENT */

/*!40000 ALTER TABLE `t` DISABLE KEYS */

SELECT /*!40001 SQL_NO_CACHE */ * FROM `orders`

SELECT /*!40001 SQL_NO_CACHE */ * INTO OUTFILE '/var/lib/mysql-files/orders.txt' FIELDS TERMINATED BY ',' FROM `orders` WHERE 1=1

/*!50003 CREATE*/ /*!50017 DEFINER=`root`@`localhost`*/ /*!50003 TRIGGER `t_bi` BEFORE INSERT ON `t` FOR EACH ROW BEGIN IF NEW.a = 1 OR 1=1 THEN SET NEW.b = SLEEP(1); END IF; END */

CREATE DEFINER=`root`@`localhost` PROCEDURE `p`(IN a INT) BEGIN DO SLEEP(5); SELECT * FROM t WHERE x=a OR 1=1; -- '
END

/*!50001 CREATE ALGORITHM=UNDEFINED */ /*!50013 DEFINER=`root`@`localhost` SQL SECURITY DEFINER */ /*!50001 VIEW `v` AS select `a`.`id` AS `id` from `a` where 1 = 1 or 2 = 2 union select 1,2,3 */

SET v_enabled = IF(name LIKE 'wait/io/%' OR name IN ('a', 'idle')
               /*!50707
                  OR name LIKE 'stage/innodb/%'
                  AND name LIKE 'memory/%'
               */, 'YES', 'NO')

SET @cmd = 'a'; SELECT 1 FROM t WHERE a='x'; INSTALL PLUGIN auth_socket SONAME 'auth_socket'; SELECT 2

CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO DELETE FROM t WHERE d < NOW() OR 1=1

SELECT LOGFILE_GROUP_NAME, FILE_NAME, TOTAL_EXTENTS, INITIAL_SIZE, ENGINE, EXTRA FROM INFORMATION_SCHEMA.FILES WHERE FILE_TYPE = 'UNDO LOG' AND FILE_NAME IS NOT NULL AND LOGFILE_GROUP_NAME IS NOT NULL AND LOGFILE_GROUP_NAME IN (SELECT DISTINCT LOGFILE_GROUP_NAME FROM INFORMATION_SCHEMA.FILES WHERE FILE_TYPE = 'DATAFILE' AND TABLESPACE_NAME IN (SELECT DISTINCT TABLESPACE_NAME FROM INFORMATION_SCHEMA.PARTITIONS WHERE TABLE_SCHEMA IN ('shop'))) GROUP BY LOGFILE_GROUP_NAME, FILE_NAME, ENGINE ORDER BY LOGFILE_GROUP_NAME

SELECT TABLE_SCHEMA AS TABLE_CAT, NULL AS TABLE_SCHEM, TABLE_NAME, COLUMN_NAME, NULL, NULL, NULL FROM INFORMATION_SCHEMA.STATISTICS WHERE TABLE_SCHEMA = 'shop' AND TABLE_NAME = 'orders' AND INDEX_NAME='PRIMARY' ORDER BY TABLE_SCHEMA

SELECT *, `TABLE_SCHEMA` AS `Db`, `TABLE_NAME` AS `Name` FROM `information_schema`.`TABLES` t WHERE `TABLE_SCHEMA` IN ('shop') AND t.`TABLE_NAME` = 'orders' ORDER BY Name ASC

SELECT GRANTEE FROM INFORMATION_SCHEMA.SCHEMA_PRIVILEGES WHERE PRIVILEGE_TYPE='TRIGGER' AND '''pma''@''localhost''' LIKE GRANTEE UNION SELECT GRANTEE FROM INFORMATION_SCHEMA.USER_PRIVILEGES WHERE 'x' LIKE GRANTEE

SELECT c FROM sbtest1 WHERE id BETWEEN 4993 AND 5092

UPDATE sbtest1 SET k=k+1 WHERE id=5015

INSERT INTO sbtest1 (id, k, c, pad) VALUES (5018, 4997, '76012231571-73118095126', '31570486183')

SELECT IF(a OR 1, SUBSTRING(name, 1, 3), CHAR(13)) FROM t

SELECT CONCAT(first, CHAR(13, 10), last) FROM people

SELECT ASCII(SUBSTRING(code, 1, 1)) FROM products WHERE ASCII(name) > 64

SELECT HEX(id), 0x4142434445464748 FROM blobs WHERE id = UNHEX('0a0b') OR id = 0x6162636465666768

INSERT INTO `files` VALUES (1,0x7F454C4602010100,'a.so'),(2,0x68656C6C6F20776F726C64,NULL)

SELECT EXTRACTVALUE(doc, '/a/b'), UPDATEXML(doc, '/a', '<b/>') FROM docs WHERE id=1

SELECT FLOOR(RAND() * 100), EXP(2) FROM dual

SELECT * FROM t ORDER BY RAND(5) LIMIT 1

SELECT CONVERT('1', UNSIGNED), CONVERT(x USING utf8mb4) FROM t WHERE y=1

LOAD DATA LOCAL INFILE '/tmp/x.csv' INTO TABLE t FIELDS TERMINATED BY ';' ENCLOSED BY '"' LINES TERMINATED BY '\n' IGNORE 1 LINES

INSERT INTO pics (img) VALUES (LOAD_FILE('/srv/upload/1.png'))

SELECT IF(1=1, CONCAT(0x41, name), ELT(2, 'a', 'b')), MAKE_SET(1|4, 'a', 'b', 'c') FROM t

SELECT IF(status=2000, 1, 0), CONCAT(0x0d0a, name), CONCAT(0x3a3a3a, a, b) FROM t WHERE IF(a, 5, 6) = 5

SELECT CASE WHEN 1=1 THEN 'a' ELSE 'b' END FROM t

SELECT * FROM t WHERE a = 1 AND 1=1 AND b = 2

SELECT * FROM t WHERE true AND (false OR a=1)

SELECT /*+ MAX_EXECUTION_TIME(1000) */ a FROM t WHERE b='x' OR c='x' OR c=b

SELECT id FROM t WHERE a='x' AND b='x' UNION SELECT id FROM u WHERE a='y' /* both kinds */

# at the start
SELECT 1

-- a comment
-- another, isn't it
SELECT * FROM t WHERE a='b'

SELECT a -- the 'a' column
     , b -- and 'b'
FROM t WHERE a = 'x' -- 'y' is old
  AND b = 1

DROP TABLE IF EXISTS `t`; CREATE TABLE `t` (`id` int); INSERT INTO `t` VALUES (1); DROP TABLE `t`

INSERT INTO migrations VALUES ('2024'); ALTER TABLE users ADD COLUMN x INT

START TRANSACTION; UPDATE accounts SET balance = balance - 100 WHERE id = 1; UPDATE accounts SET balance = balance + 100 WHERE id = 2; COMMIT

SELECT * FROM t WHERE a=1; SELECT * FROM u WHERE b='x'; SELECT FOUND_ROWS()

SELECT a FROM t WHERE b='x';

SELECT * FROM t WHERE id IN (1,2,3) OR parent IN (1,2,3) OR (a=1 AND b=2)

SELECT * FROM t WHERE price BETWEEN 10 AND 20 AND size > 5 OR size = 3

SELECT * FROM t WHERE a > 5 OR 5 > b OR 10 = c AND 'x' = d

KILL QUERY 5

EXPLAIN SELECT * FROM t WHERE a='x' OR b='y'

CALL proc('x', 1)

SELECT 1

SELECT 1 FROM dual WHERE 1=1

DO RELEASE_LOCK('x')

SELECT GET_LOCK('x', 10)

@pgsql
SELECT c.oid, n.nspname, c.relname FROM pg_catalog.pg_class c LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relname OPERATOR(pg_catalog.~) '^(orders)$' COLLATE pg_catalog.default AND pg_catalog.pg_table_is_visible(c.oid) ORDER BY 2, 3;

SELECT n.nspname as "Schema", c.relname as "Name", CASE c.relkind WHEN 'r' THEN 'table' WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' END as "Type", pg_catalog.pg_get_userbyid(c.relowner) as "Owner" FROM pg_catalog.pg_class c WHERE c.relkind IN ('r','p','v','m','S','f','') AND n.nspname <> 'pg_catalog' AND n.nspname !~ '^pg_toast' AND n.nspname <> 'information_schema' ORDER BY 1,2;

SELECT TRUE as sametable, conname, pg_catalog.pg_get_constraintdef(r.oid, true) as condef FROM pg_catalog.pg_constraint r WHERE r.conrelid = '16385' AND r.contype = 'f' AND conparentid = 0 ORDER BY conname

SELECT pubname, NULL, NULL FROM pg_catalog.pg_publication p JOIN pg_catalog.pg_publication_namespace pn ON p.oid = pn.pnpubid WHERE pc.oid ='16385' and pg_catalog.pg_relation_is_publishable('16385') UNION SELECT pubname, pg_get_expr(pr.prqual, c.oid), (CASE WHEN pr.prattrs IS NOT NULL THEN (SELECT string_agg(attname, ', ') FROM pg_catalog.generate_series(0, 1) s) ELSE NULL END) FROM pg_catalog.pg_publication p UNION SELECT pubname, NULL, NULL FROM pg_catalog.pg_publication p WHERE p.puballtables ORDER BY 1;

SELECT typinput='array_in'::regproc, typtype FROM pg_catalog.pg_type LEFT JOIN (select ns.oid as nspoid, ns.nspname, r.r from pg_namespace as ns join ( select s.r, (current_schemas(false))[s.r] as nspname from generate_series(1, array_upper(current_schemas(false), 1)) as s(r) ) as r using ( nspname )) as sp ON sp.nspoid = typnamespace WHERE typname = 'x' ORDER BY sp.r, pg_type.oid DESC

UPDATE pgbench_accounts SET abalance = abalance + -4321 WHERE aid = 77777;

INSERT INTO pgbench_history (tid, bid, aid, delta, mtime) VALUES (5, 1, 77777, -4321, CURRENT_TIMESTAMP);

copy pgbench_accounts from stdin with (freeze on)

COPY public.orders (id, name) TO stdout;

COPY orders TO '/var/lib/pg/orders.csv' WITH CSV HEADER

SELECT pg_sleep(1)

SELECT pg_catalog.pg_sleep(0.1);

SELECT "users".* FROM "users" WHERE "users"."email" = $1 AND (1=1) LIMIT $2

SELECT "auth_user"."id" FROM "auth_user" WHERE ("auth_user"."username" = 'admin' OR 1 = 0) LIMIT 21

SELECT data->>'a', data#>'{b,c}', data @> '{"x":1}', tags ?| array['a','b'] FROM docs WHERE data ? 'key' -- JSON

SELECT E'it\'s', $$it's -- here$$, $q$ ' OR 1=1 $q$, U&'\0061' FROM t WHERE a = 'x'

DO $$ BEGIN PERFORM pg_sleep(1); IF 1=1 OR 2=2 THEN RAISE NOTICE 'x'; END IF; END $$

CREATE OR REPLACE FUNCTION f() RETURNS void AS $body$ BEGIN EXECUTE 'DROP TABLE x'; PERFORM 1 WHERE 1=1 OR 'a'='a'; END; $body$ LANGUAGE plpgsql;

CREATE OR REPLACE VIEW v AS SELECT 1, 2, 3 FROM t WHERE a='x' OR 1=1

SELECT 'first' || chr(13) || chr(10) || 'second' FROM t WHERE a = 'x' || 'y'

SELECT a FROM t WHERE b = 'x' UNION SELECT c FROM d WHERE e = 'y' -- rest of them

BEGIN; SELECT * FROM t WHERE id = 1 FOR UPDATE; UPDATE t SET a='x' WHERE id=1; COMMIT

INSERT INTO big SELECT i, md5(i::text) FROM generate_series(1,10000000) AS g(i)

SELECT a.id FROM t a WHERE a.x IN (SELECT generate_series(1, 100))

SELECT * FROM generate_series(1,5) UNION ALL SELECT 10

SELECT version()

SELECT current_database(), current_user

SELECT d.datname FROM pg_catalog.pg_database d WHERE d.datname = 'x' UNION ALL SELECT 'template'

SET client_encoding TO 'UTF8'; SET standard_conforming_strings = on

INSERT INTO image (name, raster) VALUES ('beautiful image', lo_import('/etc/motd'))

UPDATE image SET raster = lo_import('/etc/motd') WHERE name = 'beautiful image'

SELECT lo_export(image.raster, '/tmp/motd') FROM image WHERE name = 'beautiful image'

SELECT lo_import('/tmp/a.png')

SELECT CASE WHEN a = 5 OR b = 5 THEN 1 ELSE 0 END, count(*) FROM t GROUP BY 1 HAVING count(*) > 1

INSERT INTO t (a) VALUES ('x') ON CONFLICT (a) DO UPDATE SET a = 'y' RETURNING id

INSERT INTO notes VALUES ('C:\path\'); SELECT 1

SELECT set_config('search_path', '', false);

LOCK TABLE public.orders IN ACCESS SHARE MODE

SELECT t.tableoid, t.oid, i.indrelid, t.relname AS indexname FROM unnest('{16385,16391}'::pg_catalog.oid[]) AS src(tbloid) JOIN pg_catalog.pg_index i ON (src.tbloid = i.indrelid) WHERE i.indisvalid OR t2.relkind = 'p' ORDER BY i.indrelid, indexname

@tds
SELECT TOP 1 [u].[Id], [u].[Name] FROM [dbo].[Users] AS [u] WHERE ([u].[Name] = @p0) OR ([u].[Name] IS NULL AND @p0 IS NULL)

SELECT 1 AS [C1], CAST(1 as bit) FROM ( SELECT 1 AS X ) AS [SingleRowTable1] WHERE 1 = 0

SELECT CASE WHEN ( EXISTS (SELECT 1 AS [C1] FROM [dbo].[__MigrationHistory] AS [Extent1] WHERE (N'x' = [Extent1].[ContextKey]) OR ((N'x' IS NULL) AND ([Extent1].[ContextKey] IS NULL)))) THEN cast(1 as bit) ELSE cast(0 as bit) END AS [C1] FROM ( SELECT 1 AS X ) AS [SingleRowTable1]

SELECT * INTO #tmp FROM orders WHERE id=5; UPDATE #tmp SET a=1 WHERE b='x'; DROP TABLE #tmp

IF OBJECT_ID('tempdb..#t') IS NOT NULL DROP TABLE #t
SELECT 1 AS a INTO #t; SELECT * FROM #t WHERE a=1; DROP TABLE #t

EXEC sp_executesql N'SELECT * FROM t WHERE a=@p', N'@p int', @p=1

exec sp_reset_connection

EXEC dbo.usp_GetOrders @id = 5 -- the caller's id

EXEC dbo.usp_GetOrders 'x' /* job 12 */

EXEC dbo.usp_GetOrders 'x' -- nightly

EXEC dbo.usp_GetOrders
  @a = 5 -- old

DECLARE @edition sysname; SET @edition = cast(SERVERPROPERTY(N'EDITION') as sysname); SELECT case when @edition = N'SQL Azure' then 2 else 1 end as 'DatabaseEngineType', SERVERPROPERTY('EngineEdition') AS DatabaseEngineEdition, @@MICROSOFTVERSION AS MicrosoftVersion; select host_platform from sys.dm_os_host_info if @edition = N'SQL Azure' select 'TCP' as ConnectionProtocol else exec ('select CONVERT(nvarchar(40),CONNECTIONPROPERTY(''net_transport'')) as ConnectionProtocol')

SELECT dtb.name AS [Name], dtb.database_id AS [ID] FROM master.sys.databases AS dtb WHERE (CAST(case when dtb.name in ('master','model','msdb','tempdb') then 1 else dtb.is_distributor end AS bit)=0 and CAST(isnull(dtb.source_database_id, 0) AS bit)=0) ORDER BY [Name] ASC

declare @t table (n nvarchar(260)); exec master.dbo.xp_instance_regread N'HKEY_LOCAL_MACHINE', N'Software\Microsoft', N'DefaultData', @out OUTPUT; exec master.sys.xp_dirtree N'C:\', 1, 1

WHILE 1=1 BEGIN DELETE TOP (1000) FROM log WHERE d < '2020-01-01'; IF @@ROWCOUNT = 0 BREAK; WAITFOR DELAY '00:00:01' END

SELECT * INTO #a FROM sys.dm_os_wait_stats
WAITFOR DELAY '00:00:05' -- a while
SELECT * FROM sys.dm_os_wait_stats WHERE x='y'

UPDATE jobs SET state=1 WHERE id=5; WAITFOR DELAY '00:00:01'; UPDATE jobs SET state=2 WHERE id=5

SELECT name FROM dbo.my_databases UNION SELECT name FROM sys.databases

SELECT name FROM sys.configurations WHERE name = 'xp_cmdshell'

CREATE PROCEDURE dbo.p @a int AS BEGIN SELECT * FROM t WHERE a=@a OR 1=1; EXEC xp_cmdshell 'dir'; WAITFOR DELAY '00:00:05' -- '
END

ALTER PROCEDURE dbo.p AS EXEC(@sql) -- dynamic

SELECT CHAR(13) + CHAR(10) + name FROM t WHERE CONVERT(varchar, d, 112) = '20240101' AND CONVERT(INT, x) = 5

SELECT CONVERT(INT, (SELECT value FROM settings WHERE name='x')) FROM t

INSERT INTO t (a) VALUES (N'x'); SELECT SCOPE_IDENTITY()

SET NOCOUNT ON; INSERT INTO [Orders] ([A]) VALUES (@p0); SELECT [Id] FROM [Orders] WHERE @@ROWCOUNT = 1 AND [Id] = scope_identity();

SELECT name [it's], 'a--b' FROM [a;b] WHERE [x'y] = 'z' AND [#t] = 1

MERGE INTO t USING (VALUES (1, N'x'), (2, N'y')) AS s (id, n) ON t.id = s.id WHEN MATCHED THEN UPDATE SET n = s.n WHEN NOT MATCHED THEN INSERT (id, n) VALUES (s.id, s.n);

BACKUP DATABASE [shop] TO DISK = N'x.bak' WITH NOFORMAT

SELECT a.id, b.x FROM a LEFT JOIN b ON 1=1 WHERE a.c = 'd' OR b.x = 'd'

@oracle
SELECT USER FROM DUAL

SELECT 1 FROM DUAL

SELECT id, name FROM depts WHERE active = 1 UNION SELECT 0, 'none' FROM SYS.DUAL

ALTER SESSION SET NLS_DATE_FORMAT='YYYY-MM-DD HH24:MI:SS'

BEGIN DBMS_LOCK.SLEEP(5); DBMS_OUTPUT.PUT_LINE('x'); END;

DECLARE v NUMBER; BEGIN v := DBMS_PIPE.RECEIVE_MESSAGE('q', 10); IF v = 0 OR 1=0 THEN NULL; END IF; END;

BEGIN :1 := pkg.f(a=>:2); EXECUTE IMMEDIATE 'DROP TABLE x'; END; -- block

SELECT table_name FROM all_tables WHERE owner = 'X' UNION SELECT view_name FROM all_views WHERE owner = 'X'

SELECT name || CHR(10) || CHR(13) || q'[it's]' FROM t WHERE a = 'x' || 'y' AND b = :1

SELECT NULL AS table_cat, o.owner AS table_schem, o.object_name AS table_name, o.object_type AS table_type, NULL AS remarks FROM all_objects o WHERE o.owner LIKE :1 ESCAPE '/' AND o.object_type IN ('xxx', 'TABLE') ORDER BY table_type, table_schem, table_name

SELECT /*+ INDEX(t t_idx) */ a FROM t WHERE b = :b1 OR (c IS NULL AND :b1 IS NULL)

SELECT COUNT(*) FROM (SELECT a FROM t WHERE 1=1 AND (b = 'x' OR 1=0))

CREATE OR REPLACE PACKAGE BODY p AS PROCEDURE q IS BEGIN DBMS_LOCK.SLEEP(1); IF 1=1 OR 2=2 THEN NULL; END IF; END; END;

INSERT ALL INTO t VALUES (1, 'a') INTO t VALUES (2, 'b') SELECT 1 FROM DUAL

SELECT UTL_HTTP.REQUEST('http://rates/usd') FROM DUAL

SELECT XMLType('<a/>').getClobVal() FROM DUAL

@generic
SELECT a, b FROM t WHERE c = 'x' AND d > 5 GROUP BY a HAVING count(*) > 1 ORDER BY b LIMIT 10

INSERT INTO t FORMAT Values

SELECT 'it''s', "col" FROM t WHERE a = 1 OR b = 2

SELECT * FROM system.tables WHERE database = 'default'

SELECT * FROM ks.t WHERE token(id) > 5 ALLOW FILTERING
