CREATE TABLE `consents` (
	`recording_id` text NOT NULL,
	`member_id` text NOT NULL,
	`identity` text NOT NULL,
	`name` text NOT NULL,
	`confirmed_at_ms` integer NOT NULL,
	PRIMARY KEY(`recording_id`, `member_id`),
	FOREIGN KEY (`recording_id`) REFERENCES `recordings`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `recording_events` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`recording_id` text NOT NULL,
	`at_ms` integer NOT NULL,
	`from_state` text,
	`to_state` text NOT NULL,
	`actor` text,
	`detail` text,
	FOREIGN KEY (`recording_id`) REFERENCES `recordings`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `recording_events_recording` ON `recording_events` (`recording_id`,`id`);--> statement-breakpoint
CREATE TABLE `recordings` (
	`id` text PRIMARY KEY NOT NULL,
	`room_id` text NOT NULL,
	`session_id` text NOT NULL,
	`name` text,
	`state` text NOT NULL,
	`owner_id` text NOT NULL,
	`started_by` text NOT NULL,
	`title` text NOT NULL,
	`time_zone` text NOT NULL,
	`created_at_ms` integer NOT NULL,
	`started_at_ms` integer,
	`duration_ms` integer,
	`bytes` integer,
	`path` text,
	`health` text,
	`gaps` text,
	`report` text,
	`failure_code` text,
	`failure_message` text,
	`keep_journal` integer NOT NULL,
	`previous_id` text,
	FOREIGN KEY (`room_id`) REFERENCES `rooms`(`id`) ON UPDATE no action ON DELETE no action,
	CONSTRAINT "recordings_state" CHECK("recordings"."state" in ('starting', 'recording', 'paused', 'finalising', 'verifying', 'storing', 'available', 'failed'))
);
--> statement-breakpoint
CREATE INDEX `recordings_room` ON `recordings` (`room_id`,`created_at_ms`);--> statement-breakpoint
CREATE UNIQUE INDEX `recordings_one_running` ON `recordings` (`room_id`) WHERE "recordings"."state" in ('starting', 'recording', 'paused');--> statement-breakpoint
CREATE TABLE `rooms` (
	`id` text PRIMARY KEY NOT NULL,
	`title` text NOT NULL,
	`kind` text NOT NULL,
	`owner_id` text NOT NULL,
	`time_zone` text NOT NULL,
	`settings` text NOT NULL,
	`created_at_ms` integer NOT NULL,
	CONSTRAINT "rooms_kind" CHECK("rooms"."kind" in ('single', 'channel', 'gallery'))
);
--> statement-breakpoint
CREATE TABLE `sessions` (
	`id` text PRIMARY KEY NOT NULL,
	`room_id` text NOT NULL,
	`started_at_ms` integer NOT NULL,
	`ends_at_latest_ms` integer NOT NULL,
	`host_left_at_ms` integer,
	`ended_at_ms` integer,
	`end_reason` text,
	FOREIGN KEY (`room_id`) REFERENCES `rooms`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `sessions_one_open` ON `sessions` (`room_id`) WHERE "sessions"."ended_at_ms" is null;