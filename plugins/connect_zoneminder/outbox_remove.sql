-- Takes away what outbox.sql made. Run by the database's administrator, on ZoneMinder's database.
-- The triggers go first: they need the table.
DROP TRIGGER IF EXISTS ombud_events_insert;
DROP TRIGGER IF EXISTS ombud_events_update;
DROP TRIGGER IF EXISTS ombud_events_delete;
DROP TRIGGER IF EXISTS ombud_monitors_insert;
DROP TRIGGER IF EXISTS ombud_monitors_update;
DROP TRIGGER IF EXISTS ombud_monitors_delete;
DROP TRIGGER IF EXISTS ombud_config_update;
DROP TRIGGER IF EXISTS ombud_users_insert;
DROP TRIGGER IF EXISTS ombud_users_update;
DROP TRIGGER IF EXISTS ombud_users_delete;
DROP TRIGGER IF EXISTS ombud_filters_insert;
DROP TRIGGER IF EXISTS ombud_filters_update;
DROP TRIGGER IF EXISTS ombud_filters_delete;
DROP TRIGGER IF EXISTS ombud_storage_insert;
DROP TRIGGER IF EXISTS ombud_storage_update;
DROP TRIGGER IF EXISTS ombud_storage_delete;
DROP PROCEDURE IF EXISTS ombud_disable_account;
DROP DATABASE IF EXISTS ombud;
DROP USER IF EXISTS 'ombud'@'localhost';
