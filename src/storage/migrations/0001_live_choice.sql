ALTER TABLE `sessions` ADD `layout` text;--> statement-breakpoint
ALTER TABLE `sessions` ADD `highlighted` text;