using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace LlmOrc.Workflows.Persistence.Sqlite.Migrations
{
    /// <inheritdoc />
    public partial class OpenBookmarks : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateIndex(
                name: "ix_bookmarks_open",
                table: "bookmarks",
                columns: new[] { "tenant_id", "ordinal" },
                filter: "status = 'open'");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "ix_bookmarks_open",
                table: "bookmarks");
        }
    }
}
