import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity({ name: 'person', schema: 'acme' })
export class Person {
  @PrimaryColumn('text')
  login!: string;

  @Column('text')
  department!: string;

  /** What they show at the door. */
  @Column('text', { unique: true })
  badge!: string;
}
