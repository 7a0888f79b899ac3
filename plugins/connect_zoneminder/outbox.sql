-- What ZoneMinder's database tells Ombud: each change that matters becomes a row of ombud.outbox, in the transaction that
-- makes the change. Run once by the database's administrator, on ZoneMinder's database (and again after an update of
-- ZoneMinder that made a table of it anew):
--
--     mariadb zm < outbox.sql
--
-- The user ombud@localhost logs in without a password when the operating system's user of the daemon is called ombud, too.
-- Otherwise:  ALTER USER 'ombud'@'localhost' IDENTIFIED BY '…';
-- outbox_remove.sql takes everything away. While the schema ombud is missing or full, but the triggers are there,
-- ZoneMinder's own changes fail: a change that nobody is told of shall not happen. So remove it by that file only.
SET NAMES utf8mb4;

CREATE DATABASE IF NOT EXISTS ombud CHARACTER SET utf8mb4;
CREATE TABLE IF NOT EXISTS ombud.outbox (
  Id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  At DATETIME(6) NOT NULL DEFAULT UTC_TIMESTAMP(6),
  Kind VARCHAR(32) NOT NULL,
  RowId BIGINT UNSIGNED NOT NULL,
  Detail LONGTEXT NOT NULL,        -- JSON
  DbUser VARCHAR(384) NOT NULL,    -- whose database connection made the change
  Connection BIGINT UNSIGNED NOT NULL
) ENGINE=InnoDB;
-- Tells a database that was made anew from the one a position belongs to.
CREATE TABLE IF NOT EXISTS ombud.identity (One TINYINT NOT NULL PRIMARY KEY DEFAULT 1 CHECK (One = 1), Uuid CHAR(36) NOT NULL) ENGINE=InnoDB;
INSERT IGNORE INTO ombud.identity (Uuid) VALUES (UUID());

-- Exports that were told, by their names in ZM_DIR_EXPORTS: a restart tells none twice and misses none.
CREATE TABLE IF NOT EXISTS ombud.exports (
  Id VARCHAR(765) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  Inode BIGINT UNSIGNED NOT NULL, Size BIGINT NOT NULL, Changed BIGINT NOT NULL, Abandoned TINYINT NOT NULL,
  Recordings MEDIUMTEXT NOT NULL
) ENGINE=InnoDB;
-- How far the web server's access log was read.
CREATE TABLE IF NOT EXISTS ombud.access_log (One TINYINT NOT NULL PRIMARY KEY CHECK (One = 1), Inode BIGINT UNSIGNED NOT NULL, Bytes BIGINT UNSIGNED NOT NULL) ENGINE=InnoDB;

-- How far ZoneMinder's own log was read for videos that were encoded.
CREATE TABLE IF NOT EXISTS ombud.videos_told (One TINYINT NOT NULL PRIMARY KEY CHECK (One = 1), Id BIGINT UNSIGNED NOT NULL) ENGINE=InnoDB;

CREATE USER IF NOT EXISTS 'ombud'@'localhost' IDENTIFIED VIA unix_socket;
GRANT SELECT, DELETE ON ombud.outbox TO 'ombud'@'localhost';
GRANT SELECT ON ombud.identity TO 'ombud'@'localhost';
GRANT SELECT, INSERT, UPDATE, DELETE ON ombud.exports TO 'ombud'@'localhost';
GRANT SELECT, INSERT, UPDATE, DELETE ON ombud.access_log TO 'ombud'@'localhost';
GRANT SELECT, INSERT, UPDATE, DELETE ON ombud.videos_told TO 'ombud'@'localhost';
GRANT SELECT ON Events TO 'ombud'@'localhost';
GRANT SELECT ON Storage TO 'ombud'@'localhost';
-- not Path, User and Pass: they hold the camera's password
GRANT SELECT (Id, Name, `Function`, Enabled, RecordAudio, StorageId) ON Monitors TO 'ombud'@'localhost';

DELIMITER //

-- The text of one variable of a PHP session; NULL: it has none before its first array. Walked by the lengths, as PHP does,
-- since users decide what stands in some of the texts.
CREATE OR REPLACE FUNCTION ombud.session_text(data LONGBLOB, wanted VARBINARY(32)) RETURNS VARBINARY(255) DETERMINISTIC NO SQL
BEGIN
  DECLARE at, bar, colon, size INT DEFAULT 1;
  WHILE at <= LENGTH(data) DO
    SET bar = LOCATE('|', data, at);
    IF bar = 0 THEN RETURN NULL; END IF;
    CASE SUBSTRING(data, bar + 1, 2)
      WHEN 's:' THEN
        SET colon = LOCATE(':', data, bar + 3);
        IF colon = 0 OR SUBSTRING(data, bar + 3, colon - bar - 3) NOT REGEXP '^[0-9]{1,7}$' THEN RETURN NULL; END IF;
        SET size = CAST(SUBSTRING(data, bar + 3, colon - bar - 3) AS UNSIGNED);
        IF SUBSTRING(data, colon + 1, 1) <> '"' OR SUBSTRING(data, colon + 2 + size, 2) <> '";' THEN RETURN NULL; END IF;
        IF SUBSTRING(data, at, bar - at) = wanted THEN RETURN SUBSTRING(data, colon + 2, LEAST(size, 255)); END IF;
        SET at = colon + 2 + size + 2;
      WHEN 'i:' THEN SET at = LOCATE(';', data, bar) + 1;
      WHEN 'b:' THEN SET at = LOCATE(';', data, bar) + 1;
      WHEN 'd:' THEN SET at = LOCATE(';', data, bar) + 1;
      WHEN 'N;' THEN SET at = bar + 3;
      ELSE RETURN NULL;
    END CASE;
    IF at <= bar THEN RETURN NULL; END IF;
  END WHILE;
  RETURN NULL;
END//

-- Who asks ZoneMinder's web pages for something: neither the sessions' ids, which are their cookies, nor hashes or passwords.
CREATE OR REPLACE SQL SECURITY DEFINER VIEW ombud.sessions AS
  SELECT access AS Access, ombud.session_text(data, 'username') AS Username, LOCATE('export|a:', data) > 0 AS Exports FROM Sessions//
GRANT SELECT ON ombud.sessions TO 'ombud'@'localhost'//

-- What zmvideo.pl says of a video that is encoded, on the web pages or by a filter, and whether there is a filter that may have asked for
-- it; no other line of ZoneMinder's log, and nothing else of its filters.
CREATE OR REPLACE SQL SECURITY DEFINER VIEW ombud.videos AS
  SELECT Id, TimeKey, Message, EXISTS(SELECT 1 FROM Filters WHERE AutoVideo = 1) AS MayBeFilters FROM Logs WHERE Component = 'zmvideo' AND Message LIKE 'Creating video file %'//
GRANT SELECT ON ombud.videos TO 'ombud'@'localhost'//

-- A recording, with all that is known of it, for by the time this is read it may be gone. UNIX_TIMESTAMP runs in the zone of the connection that writes, which is the zone the times are written in.
CREATE OR REPLACE TRIGGER ombud_events_insert AFTER INSERT ON Events FOR EACH ROW BEGIN
  IF NEW.EndDateTime IS NOT NULL THEN
    INSERT INTO ombud.outbox (Kind, RowId, Detail, DbUser, Connection) VALUES ('recording.finished', NEW.Id,
      JSON_OBJECT('MonitorId', NEW.MonitorId, 'Archived', NEW.Archived, 'StorageId', NEW.StorageId, 'Scheme', NEW.Scheme,
      'Start', NEW.StartDateTime, 'Begin', UNIX_TIMESTAMP(NEW.StartDateTime), 'End', UNIX_TIMESTAMP(NEW.EndDateTime),
      'Video', NEW.DefaultVideo, 'DiskSpace', NEW.DiskSpace), USER(), CONNECTION_ID());
  END IF;
END//

CREATE OR REPLACE TRIGGER ombud_events_update AFTER UPDATE ON Events FOR EACH ROW BEGIN
  IF OLD.EndDateTime IS NULL AND NEW.EndDateTime IS NOT NULL THEN
    INSERT INTO ombud.outbox (Kind, RowId, Detail, DbUser, Connection) VALUES ('recording.finished', NEW.Id,
      JSON_OBJECT('MonitorId', NEW.MonitorId, 'Archived', NEW.Archived, 'StorageId', NEW.StorageId, 'Scheme', NEW.Scheme,
      'Start', NEW.StartDateTime, 'Begin', UNIX_TIMESTAMP(NEW.StartDateTime), 'End', UNIX_TIMESTAMP(NEW.EndDateTime),
      'Video', NEW.DefaultVideo, 'DiskSpace', NEW.DiskSpace), USER(), CONNECTION_ID());
  ELSEIF OLD.Archived <> NEW.Archived OR (OLD.EndDateTime IS NOT NULL AND (NOT (OLD.StartDateTime <=> NEW.StartDateTime)
      OR NOT (OLD.EndDateTime <=> NEW.EndDateTime) OR OLD.MonitorId <> NEW.MonitorId
      OR NOT (OLD.StorageId <=> NEW.StorageId) OR OLD.Scheme <> NEW.Scheme OR OLD.DefaultVideo <> NEW.DefaultVideo)) THEN
    INSERT INTO ombud.outbox (Kind, RowId, Detail, DbUser, Connection) VALUES ('recording.changed', NEW.Id,
      JSON_OBJECT('MonitorId', NEW.MonitorId, 'Archived', NEW.Archived, 'StorageId', NEW.StorageId, 'Scheme', NEW.Scheme,
      'Start', NEW.StartDateTime, 'Begin', UNIX_TIMESTAMP(NEW.StartDateTime), 'End', UNIX_TIMESTAMP(NEW.EndDateTime),
      'Video', NEW.DefaultVideo, 'DiskSpace', NEW.DiskSpace,
      'WasArchived', OLD.Archived), USER(), CONNECTION_ID());
  END IF;
  IF OLD.Emailed < NEW.Emailed OR OLD.Messaged < NEW.Messaged OR OLD.Uploaded < NEW.Uploaded THEN
    INSERT INTO ombud.outbox (Kind, RowId, Detail, DbUser, Connection) VALUES ('recording.sent', NEW.Id,
      JSON_OBJECT('MonitorId', NEW.MonitorId, 'Emailed', NEW.Emailed - OLD.Emailed, 'Messaged', NEW.Messaged - OLD.Messaged,
        'Uploaded', NEW.Uploaded - OLD.Uploaded), USER(), CONNECTION_ID());
  END IF;
END//

CREATE OR REPLACE TRIGGER ombud_events_delete AFTER DELETE ON Events FOR EACH ROW BEGIN
  INSERT INTO ombud.outbox (Kind, RowId, Detail, DbUser, Connection) VALUES ('recording.gone', OLD.Id,
    JSON_OBJECT('MonitorId', OLD.MonitorId, 'Archived', OLD.Archived, 'StorageId', OLD.StorageId, 'Scheme', OLD.Scheme,
      'Start', OLD.StartDateTime, 'Begin', UNIX_TIMESTAMP(OLD.StartDateTime), 'End', UNIX_TIMESTAMP(OLD.EndDateTime),
      'Video', OLD.DefaultVideo, 'DiskSpace', OLD.DiskSpace), USER(), CONNECTION_ID());
END//

-- A camera.
CREATE OR REPLACE TRIGGER ombud_monitors_insert AFTER INSERT ON Monitors FOR EACH ROW BEGIN
  INSERT INTO ombud.outbox (Kind, RowId, Detail, DbUser, Connection)
    VALUES ('device.changed', NEW.Id, JSON_OBJECT('What', 'new',
      'Name', NEW.Name, 'RecordAudio', NEW.RecordAudio, 'Function', NEW.`Function`, 'Enabled', NEW.Enabled), USER(), CONNECTION_ID());
END//

CREATE OR REPLACE TRIGGER ombud_monitors_update AFTER UPDATE ON Monitors FOR EACH ROW BEGIN
  DECLARE what TEXT DEFAULT '';
  IF OLD.RecordAudio <> NEW.RecordAudio THEN SET what = CONCAT(what, ' RecordAudio ', OLD.RecordAudio, ' -> ', NEW.RecordAudio, ';'); END IF;
  IF OLD.`Function` <> NEW.`Function` THEN SET what = CONCAT(what, ' Function ', OLD.`Function`, ' -> ', NEW.`Function`, ';'); END IF;
  IF OLD.Enabled <> NEW.Enabled THEN SET what = CONCAT(what, ' Enabled ', OLD.Enabled, ' -> ', NEW.Enabled, ';'); END IF;
  IF OLD.RTSPServer <> NEW.RTSPServer THEN SET what = CONCAT(what, ' RTSPServer ', OLD.RTSPServer, ' -> ', NEW.RTSPServer, ';'); END IF;
  IF NOT (OLD.StorageId <=> NEW.StorageId) THEN SET what = CONCAT(what, ' StorageId ', IFNULL(OLD.StorageId, 'none'), ' -> ', IFNULL(NEW.StorageId, 'none'), ';'); END IF;
  IF OLD.Name <> NEW.Name THEN SET what = CONCAT(what, ' Name;'); END IF;
  IF NOT (OLD.Path <=> NEW.Path) OR NOT (OLD.SecondPath <=> NEW.SecondPath) OR NOT (OLD.User <=> NEW.User)
      OR NOT (OLD.Pass <=> NEW.Pass) OR NOT (OLD.Host <=> NEW.Host) THEN SET what = CONCAT(what, ' source;'); END IF;
  IF what <> '' THEN
    INSERT INTO ombud.outbox (Kind, RowId, Detail, DbUser, Connection)
      VALUES ('device.changed', NEW.Id, JSON_OBJECT('What', TRIM(TRAILING ';' FROM TRIM(what)),
        'Name', NEW.Name, 'RecordAudio', NEW.RecordAudio, 'Function', NEW.`Function`, 'Enabled', NEW.Enabled), USER(), CONNECTION_ID());
  END IF;
END//

CREATE OR REPLACE TRIGGER ombud_monitors_delete AFTER DELETE ON Monitors FOR EACH ROW BEGIN
  INSERT INTO ombud.outbox (Kind, RowId, Detail, DbUser, Connection)
    VALUES ('device.gone', OLD.Id, JSON_OBJECT('What', 'deleted'), USER(), CONNECTION_ID());
END//

-- Configuration: that it was changed and what, never a value that may be a secret.
CREATE OR REPLACE TRIGGER ombud_config_update AFTER UPDATE ON Config FOR EACH ROW BEGIN
  IF OLD.Value <> NEW.Value AND NEW.Category <> 'dynamic' THEN
    INSERT INTO ombud.outbox (Kind, RowId, Detail, DbUser, Connection)
      VALUES ('config.changed', NEW.Id, JSON_OBJECT('What', CONCAT('option ', NEW.Name)), USER(), CONNECTION_ID());
  END IF;
END//

CREATE OR REPLACE TRIGGER ombud_users_insert AFTER INSERT ON Users FOR EACH ROW BEGIN
  INSERT INTO ombud.outbox (Kind, RowId, Detail, DbUser, Connection)
    VALUES ('config.changed', NEW.Id, JSON_OBJECT('What', CONCAT('user ', NEW.Id, ' added')), USER(), CONNECTION_ID());
END//
CREATE OR REPLACE TRIGGER ombud_users_update AFTER UPDATE ON Users FOR EACH ROW BEGIN
  INSERT INTO ombud.outbox (Kind, RowId, Detail, DbUser, Connection)
    VALUES ('config.changed', NEW.Id, JSON_OBJECT('What', CONCAT('user ', NEW.Id, ' changed',
      IF(OLD.Password <> NEW.Password, ', password', ''), IF(OLD.Enabled <> NEW.Enabled, ', enabled', ''),
      IF(OLD.Stream <> NEW.Stream OR OLD.Events <> NEW.Events OR OLD.Control <> NEW.Control OR OLD.Monitors <> NEW.Monitors
         OR OLD.Groups <> NEW.Groups OR OLD.Devices <> NEW.Devices OR OLD.Snapshots <> NEW.Snapshots OR OLD.`System` <> NEW.`System`
         OR OLD.APIEnabled <> NEW.APIEnabled OR NOT (OLD.MonitorIds <=> NEW.MonitorIds), ', rights', ''))), USER(), CONNECTION_ID());
END//
CREATE OR REPLACE TRIGGER ombud_users_delete AFTER DELETE ON Users FOR EACH ROW BEGIN
  INSERT INTO ombud.outbox (Kind, RowId, Detail, DbUser, Connection)
    VALUES ('config.changed', OLD.Id, JSON_OBJECT('What', CONCAT('user ', OLD.Id, ' deleted')), USER(), CONNECTION_ID());
END//

-- Filters delete, archive, send and copy recordings by themselves.
CREATE OR REPLACE TRIGGER ombud_filters_insert AFTER INSERT ON Filters FOR EACH ROW BEGIN
  INSERT INTO ombud.outbox (Kind, RowId, Detail, DbUser, Connection) VALUES ('config.changed', NEW.Id, JSON_OBJECT('What',
    CONCAT('filter ', NEW.Id, ' added:', ' AutoDelete ', NEW.AutoDelete, ', AutoEmail ', NEW.AutoEmail, ', AutoMessage ', NEW.AutoMessage,
      ', AutoUpload ', NEW.AutoUpload, ', AutoExecute ', NEW.AutoExecute, ', AutoMove ', NEW.AutoMove, ', AutoCopy ', NEW.AutoCopy)),
    USER(), CONNECTION_ID());
END//
CREATE OR REPLACE TRIGGER ombud_filters_update AFTER UPDATE ON Filters FOR EACH ROW BEGIN
  INSERT INTO ombud.outbox (Kind, RowId, Detail, DbUser, Connection) VALUES ('config.changed', NEW.Id, JSON_OBJECT('What',
    CONCAT('filter ', NEW.Id, ' changed:', ' AutoDelete ', NEW.AutoDelete, ', AutoEmail ', NEW.AutoEmail, ', AutoMessage ', NEW.AutoMessage,
      ', AutoUpload ', NEW.AutoUpload, ', AutoExecute ', NEW.AutoExecute, ', AutoMove ', NEW.AutoMove, ', AutoCopy ', NEW.AutoCopy)),
    USER(), CONNECTION_ID());
END//
CREATE OR REPLACE TRIGGER ombud_filters_delete AFTER DELETE ON Filters FOR EACH ROW BEGIN
  INSERT INTO ombud.outbox (Kind, RowId, Detail, DbUser, Connection)
    VALUES ('config.changed', OLD.Id, JSON_OBJECT('What', CONCAT('filter ', OLD.Id, ' deleted')), USER(), CONNECTION_ID());
END//

CREATE OR REPLACE TRIGGER ombud_storage_insert AFTER INSERT ON Storage FOR EACH ROW BEGIN
  INSERT INTO ombud.outbox (Kind, RowId, Detail, DbUser, Connection)
    VALUES ('config.changed', NEW.Id, JSON_OBJECT('What', CONCAT('storage area ', NEW.Id, ' added')), USER(), CONNECTION_ID());
END//
-- DiskSpace of a storage area changes with each recording
CREATE OR REPLACE TRIGGER ombud_storage_update AFTER UPDATE ON Storage FOR EACH ROW BEGIN
  IF OLD.Path <> NEW.Path OR OLD.`Type` <> NEW.`Type` OR OLD.Scheme <> NEW.Scheme OR OLD.DoDelete <> NEW.DoDelete OR OLD.Enabled <> NEW.Enabled THEN
    INSERT INTO ombud.outbox (Kind, RowId, Detail, DbUser, Connection)
      VALUES ('config.changed', NEW.Id, JSON_OBJECT('What', CONCAT('storage area ', NEW.Id, ' changed')), USER(), CONNECTION_ID());
  END IF;
END//
CREATE OR REPLACE TRIGGER ombud_storage_delete AFTER DELETE ON Storage FOR EACH ROW BEGIN
  INSERT INTO ombud.outbox (Kind, RowId, Detail, DbUser, Connection)
    VALUES ('config.changed', OLD.Id, JSON_OBJECT('What', CONCAT('storage area ', OLD.Id, ' deleted')), USER(), CONNECTION_ID());
END//

DELIMITER ;
