import { defineConfig } from 'drizzle-kit';

/** `npx drizzle-kit generate` writes the SQL that leads from the last migration to the schema. */
export default defineConfig({
  dialect: 'sqlite',
  schema: './src/storage/schema.ts',
  out: './src/storage/migrations',
});
