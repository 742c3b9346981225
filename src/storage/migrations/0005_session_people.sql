CREATE TABLE `session_chat` (
	`session_id` text NOT NULL,
	`number` integer NOT NULL,
	`member_id` text NOT NULL,
	`name` text NOT NULL,
	`text` text NOT NULL,
	`sent_at_ms` integer NOT NULL,
	`reactions` text NOT NULL,
	PRIMARY KEY(`session_id`, `number`),
	FOREIGN KEY (`session_id`) REFERENCES `sessions`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `session_members` (
	`session_id` text NOT NULL,
	`member_id` text NOT NULL,
	`identity` text NOT NULL,
	`name` text NOT NULL,
	`role` text NOT NULL,
	`link_role` text NOT NULL,
	`mobile` integer NOT NULL,
	`on_stage` integer NOT NULL,
	`hand_raised_at_ms` integer,
	`invited` integer NOT NULL,
	`kept_to_audience` integer NOT NULL,
	`held` integer NOT NULL,
	`joined_at_ms` integer NOT NULL,
	`key_hash` text NOT NULL,
	PRIMARY KEY(`session_id`, `member_id`),
	FOREIGN KEY (`session_id`) REFERENCES `sessions`(`id`) ON UPDATE no action ON DELETE cascade
);
