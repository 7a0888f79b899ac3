-- Lets Ombud disable an account of ZoneMinder, and nothing else about accounts: for account.disable (a lost handset). Run by
-- the database's administrator, after outbox.sql, on ZoneMinder's database:
--
--     mariadb zm < accounts.sql
--
-- The rights are the procedure's, not the user's: Ombud can neither enable an account nor give rights or passwords.
-- outbox_remove.sql takes it away.
SET NAMES utf8mb4;

DELIMITER //
-- Tokens issued until now are refused for good; web sessions end with their rows, so that enabling the account brings none back.
CREATE OR REPLACE PROCEDURE ombud_disable_account(IN account_id INT UNSIGNED) SQL SECURITY DEFINER MODIFIES SQL DATA
BEGIN
  DECLARE name VARBINARY(255);
  SELECT Username INTO name FROM Users WHERE Id = account_id;
  UPDATE Users SET Enabled = 0, TokenMinExpiry = GREATEST(TokenMinExpiry, UNIX_TIMESTAMP() + 1) WHERE Id = account_id;
  DELETE FROM Sessions WHERE ombud.session_text(data, 'username') = name;
END//
-- To see that it is so.
CREATE OR REPLACE SQL SECURITY DEFINER VIEW ombud.accounts AS SELECT Id, Username, Enabled, `System` = 'Edit' AS IsAdministrator,
  (SELECT COUNT(*) FROM Sessions WHERE ombud.session_text(data, 'username') = CAST(Users.Username AS BINARY)) AS Sessions FROM Users//
DELIMITER ;
GRANT EXECUTE ON PROCEDURE ombud_disable_account TO 'ombud'@'localhost';
GRANT SELECT ON ombud.accounts TO 'ombud'@'localhost';
